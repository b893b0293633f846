import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { updateConf } from '../../src/machine/guest/update-engine.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'cl.omaha.ping',
  description: 'A machine that is told to check for an update pings the update server it was given',
  tags: ['update'],
  platforms: local,
  needs: { capabilities: ['update-engine'], services: ['omaha'] },
  allow: { updates: true },
  machines: [],
  sabotage: {
    kind: 'guest',
    fault: 'what the machine sends to open a connection is dropped',
    capabilities: ['iptables'],
    commands: ['sudo iptables -A OUTPUT -p tcp --syn -j DROP'],
    fails: { check: 'pinged' },
  },
  run: async t => {
    const omaha = await t.services.omaha();
    const machine = await t.provision(
      'machine',
      ignition({ files: [file('/etc/flatcar/update.conf', updateConf(omaha.updateUrl))] }, '2.3'),
    );
    const machineId = await machine.run('cat /etc/machine-id');
    const after = omaha.log.mark();
    await machine.run('update_engine_client -check_for_update');
    const ping = await t.check('pinged', () => omaha.awaitPing({ machineId, after, signal: t.signal }));
    t.equal('group', ping.kind === 'ping' ? ping.client.track : '', 'developer', 'group of the client');
  },
});
