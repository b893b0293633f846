import { scenario } from '../../src/core/scenario.ts';
import { droppedPorts } from '../../src/machine/guest/firewall.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const rules = `table ip filter {
  chain INPUT {
    type filter hook input priority filter; policy accept;
    tcp dport 80 counter drop
  }
}
`;

export default scenario({
  name: 'cl.network.nftables',
  description: 'Firewall rules that lie in the place for nftables are loaded at boot',
  tags: ['network', 'security'],
  platforms: localAndAzure,
  versions: { from: '4345.0.0' },
  needs: { capabilities: ['nftables', 'nftables-load'] },
  userData: ignition(
    {
      files: [file('/var/lib/nftables/rules-save', rules)],
      units: [unit('nftables-load.service', { enabled: true })],
    },
    '3.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the rules are flushed',
    commands: ['sudo nft flush ruleset'],
    fails: { check: 'dropped' },
  },
  run: async t => {
    const ruleset = await t.machine.run('sudo nft --json list ruleset');
    t.equal('dropped', droppedPorts(ruleset), [80], 'TCP ports that are dropped');
  },
});
