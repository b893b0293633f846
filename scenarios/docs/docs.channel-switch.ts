import { scenario } from '../../src/core/scenario.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.channel-switch',
  description: 'A machine that was put on another channel asks the update server for that one',
  tags: ['docs', 'update'],
  platforms: { only: ['qemu'] },
  needs: { capabilities: ['update-engine'], services: ['omaha'] },
  allow: { updates: true },
  sabotage: {
    kind: 'guest',
    fault: 'the program that asks for updates does nothing',
    commands: [silenced('update_engine_client')],
    fails: { check: 'asked-alpha' },
  },
  run: async t => {
    const { machine } = t;
    const omaha = await t.services.omaha();
    const machineId = await machine.run('cat /etc/machine-id');
    for (const channel of ['alpha', 'beta']) {
      const after = omaha.log.mark();
      await machine.write('/etc/flatcar/update.conf', `GROUP=${channel}\nSERVER=${omaha.updateUrl}\n`);
      await asRoot(machine, ['systemctl restart update-engine.service']);
      await machine.try('update_engine_client -check_for_update');
      const ping = await t.check(`asked-${channel}`, () =>
        omaha.awaitPing({ machineId, after, signal: t.signal }),
      );
      t.equal(
        `channel-${channel}`,
        ping.kind === 'ping' ? ping.client.track : '',
        channel,
        'channel that was asked for',
      );
    }
  },
});
