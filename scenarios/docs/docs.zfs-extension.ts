import { silenced } from '../../src/machine/guest/replaced-program.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { zfsPool, zfsScenario } from '../sysext/_zfs.ts';

export default {
  ...zfsScenario({
    name: 'docs.zfs-extension',
    description: 'With the extension for ZFS a dataset is kept as a snapshot, and rolled back to it',
    tags: ['docs'],
    userData: ignition(zfsPool(['tank/kola']), '3.3'),
    run: async t => {
      const { machine } = t;
      await machine.run('echo before | sudo tee /tank/kola/note && sudo zfs snapshot tank/kola@then');
      await machine.run('echo after | sudo tee /tank/kola/note');
      t.equal('changed', await machine.run('cat /tank/kola/note'), 'after', 'the file before the rollback');
      await machine.run('sudo zfs rollback tank/kola@then');
      t.equal(
        'rolled-back',
        await machine.run('cat /tank/kola/note'),
        'before',
        'the file after the rollback',
      );
    },
  }),
  sabotage: {
    kind: 'guest',
    fault: 'the program for datasets does nothing',
    commands: [silenced('zfs')],
    fails: { check: 'rolled-back' },
  },
} as const;
