import { scenario } from '../../src/core/scenario.ts';
import { operation } from '../../src/machine/guest/update-engine.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.update-conf',
  description:
    'With SERVER=disabled in update.conf a machine asks no server for updates, with an address that one',
  tags: ['docs', 'update'],
  platforms: { only: ['qemu'] },
  needs: { capabilities: ['update-engine'], services: ['omaha'] },
  allow: { updates: true },
  sabotage: {
    kind: 'guest',
    fault: 'what the machine sends to open a connection is dropped',
    capabilities: ['iptables'],
    commands: ['sudo iptables -A OUTPUT -p tcp --syn -j DROP'],
    fails: { check: 'asks-when-told' },
  },
  run: async t => {
    const { machine } = t;
    const omaha = await t.services.omaha();
    const machineId = await machine.run('cat /etc/machine-id');
    const configure = async (server: string): Promise<void> => {
      await machine.write('/etc/flatcar/update.conf', `GROUP=stable\nSERVER=${server}\n`);
      await asRoot(machine, ['systemctl restart update-engine.service']);
      await machine.try('update_engine_client -check_for_update');
    };
    await configure(omaha.updateUrl);
    await t.check('asks-when-told', () => omaha.awaitPing({ machineId, signal: t.signal }));
    const after = omaha.log.mark();
    await configure('disabled');
    await t.eventually('the end of the check', async () =>
      /IDLE|ERROR/.test(await operation(machine)) ? true : undefined,
    );
    t.equal(
      'asks-nobody',
      omaha.log.entries.filter(({ seq }) => seq > after).length,
      0,
      'requests when disabled',
    );
  },
});
