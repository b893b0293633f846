import { ProductError } from '../../core/errors.ts';
import type { ScenarioContext } from '../../core/scenario.ts';
import type { UserData } from '../../core/user-data.ts';
import { filesystem, ignition } from '../user-data/ignition/builders.ts';
import { blockDevices, mountedAt } from './lsblk.ts';
import type { RaidLevel } from './raid-data.ts';

/** Partition type by which the initrd knows members of the array that holds the root filesystem. */
const raidRootType = 'be9067b9-ea49-4f15-b4f6-f36f8c9e1818';
const memberMiB = 256;

/** An array on a second disk becomes the root filesystem; the one of the image keeps another label. */
export const rootArray = (level: RaidLevel): UserData =>
  ignition(
    {
      disks: [
        {
          device: '/dev/disk/by-id/virtio-secondary',
          wipeTable: true,
          partitions: [1, 2].map(number => ({
            number,
            label: `root${number}`,
            sizeMiB: memberMiB,
            typeGuid: raidRootType,
          })),
        },
      ],
      raid: [
        {
          name: 'rootarray',
          level,
          devices: ['/dev/disk/by-partlabel/root1', '/dev/disk/by-partlabel/root2'],
        },
      ],
      filesystems: [
        filesystem('/dev/md/rootarray', 'ext4', { label: 'ROOT', wipeFilesystem: true }),
        filesystem('/dev/disk/by-partlabel/ROOT', 'ext4', { label: 'wasteland', wipeFilesystem: true }),
      ],
    },
    '2.3',
  );

/** The root filesystem lies on an array of this very level, at the first boot and at the next one. */
export const checkRootArray = async (t: ScenarioContext, level: RaidLevel): Promise<void> => {
  const { machine } = t;
  const found = async (): Promise<string> => {
    const { type, name } = mountedAt(await blockDevices(machine), '/');
    if (type !== level)
      throw new ProductError(
        'not-on-array',
        `expected / on a device of type ${level}, found ${name}: ${type}`,
      );
    return name;
  };
  await t.check('root-on-array', found);
  await machine.run('echo kept | sudo tee /var/kola-note >/dev/null && sync');
  await machine.reboot();
  await t.check('root-on-array-after-reboot', found);
  t.equal('data-after-reboot', await machine.run('cat /var/kola-note'), 'kept', '/var/kola-note');
};
