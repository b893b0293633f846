import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { file, filesystem, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const partition = '/dev/disk/by-partlabel/VAR';

export default scenario({
  name: 'cl.ignition.partition_on_boot_disk',
  description: 'Ignition adds a partition behind the root one, and /var lies on it',
  tags: ['ignition', 'storage'],
  platforms: local,
  needs: { capabilities: ['xfs'], platform: ['primary-disk-size'], primaryDiskExtraMiB: 10 * 1024 },
  userData: ignition(
    {
      disks: [
        {
          device: '/dev/disk/by-id/virtio-primary-disk',
          partitions: [{ number: 10, label: 'VAR', startMiB: 9 * 1024, sizeMiB: 0 }],
        },
      ],
      filesystems: [filesystem(partition, 'xfs', { path: '/var', label: 'VAR', wipeFilesystem: true })],
      files: [
        file('/etc/fstab', `${partition} /var xfs defaults 0 0\n`, { overwrite: true }),
        file('/var/hello', 'world\n'),
      ],
    },
    '2.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'a file on the partition is emptied',
    commands: ['sudo truncate --size 0 /var/hello'],
    fails: { check: 'file' },
  },
  run: async t => {
    t.equal('mounted', (await t.machine.try('mountpoint -q /var')).code, 0, 'mountpoint /var');
    for (const by of ['partlabel', 'label'])
      t.equal(
        `by-${by}`,
        (await t.machine.try(`test -b /dev/disk/by-${by}/VAR`)).code,
        0,
        `/dev/disk/by-${by}/VAR`,
      );
    t.equal(
      'type',
      await t.machine.run('findmnt -n -o FSTYPE --mountpoint /var'),
      'xfs',
      'type mounted at /var',
    );
    t.equal(
      'device',
      await t.machine.run('readlink -f "$(findmnt -n -o SOURCE --mountpoint /var)"'),
      await t.machine.run(`readlink -f ${partition}`),
      'device mounted at /var',
    );
    t.equal('file', await t.machine.run('cat /var/hello'), 'world', '/var/hello');
  },
});
