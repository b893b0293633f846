import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { zfsPool, zfsScenario } from './_zfs.ts';

export default zfsScenario({
  name: 'sysext.zfs.reboot',
  description: 'A ZFS pool that was made at first boot is imported again after a reboot',
  tags: ['reboot'],
  userData: ignition(zfsPool(), '3.3'),
  run: async t => {
    const { machine } = t;
    const look = async (when: string): Promise<void> => {
      const type = await machine.run('findmnt -n -o FSTYPE --mountpoint /tank');
      t.equal(`mounted-${when}`, type, 'zfs', 'type mounted at /tank');
      t.equal(`pool-${when}`, await machine.run('sudo zpool list -H -o name'), 'tank', 'pools');
      t.equal(
        `dataset-${when}`,
        await machine.run('sudo zfs list -H -o name,mountpoint'),
        'tank\t/tank',
        'datasets',
      );
    };
    await look('at-first');
    await machine.run('echo world | sudo tee /tank/hello >/dev/null');
    await machine.reboot();
    t.match('module-loaded', await machine.run('lsmod'), /^zfs\s/m);
    await look('after-reboot');
    t.equal('data-after-reboot', await machine.run('cat /tank/hello'), 'world', '/tank/hello');
  },
});
