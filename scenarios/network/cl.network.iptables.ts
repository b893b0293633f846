import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const drop = '-A INPUT -p tcp -m tcp --dport 80 -j DROP';

const rules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${drop}
COMMIT
`;

export default scenario({
  name: 'cl.network.iptables',
  description: 'Firewall rules that lie in the place for iptables are loaded at boot',
  tags: ['network', 'security'],
  platforms: localAndAzure,
  needs: { capabilities: ['iptables', 'iptables-restore'] },
  userData: ignition(
    {
      files: [file('/var/lib/iptables/rules-save', rules)],
      units: [unit('iptables-restore.service', { enabled: true })],
    },
    '3.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the rules are flushed',
    commands: ['sudo iptables -F INPUT'],
    fails: { check: 'dropped' },
  },
  run: async t => {
    // nft cannot name every match that iptables makes; iptables' own listing is the same in all versions.
    const listed = (await t.machine.run('sudo iptables -S INPUT')).split('\n');
    const dropping = listed.filter(line => line.endsWith('-j DROP'));
    t.equal('dropped', dropping, [drop], 'rules of INPUT that drop');
  },
});
