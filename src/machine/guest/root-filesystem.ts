import type { CheckContext } from '../../core/scenario.ts';
import type { IgnitionAbout, UserData } from '../../core/user-data.ts';
import { filesystem, ignition } from '../user-data/ignition/builders.ts';
import { blkid } from './blkid.ts';

/** Known beforehand, so that a filesystem that was made by anyone else is told apart. */
export const madeUuid = '9aa5237a-ab6b-458b-a7e8-f25e2baef1a3';
export const rootDevice = '/dev/disk/by-label/ROOT';

export type RootFormat = 'ext4' | 'btrfs' | 'xfs';

/** User-data that makes the root filesystem anew. It has no path: the initrd mounts it, not Ignition. */
export const reformattedRoot = (format: RootFormat, about: IgnitionAbout): UserData =>
  ignition(
    {
      filesystems: [filesystem(rootDevice, format, { label: 'ROOT', uuid: madeUuid, wipeFilesystem: true })],
    },
    about,
  );

/** The root filesystem is the one that was asked for, on the disk and as it is mounted. */
export const checkRoot = async (t: CheckContext, format: RootFormat): Promise<void> => {
  const found = await blkid(t.machine, rootDevice);
  t.equal('root-uuid', found.UUID, madeUuid, `UUID of ${rootDevice}`);
  t.equal('root-type', found.TYPE, format, `type of ${rootDevice}`);
  t.equal(
    'root-mounted',
    await t.machine.run('findmnt -n -o FSTYPE --target /'),
    format,
    'type mounted at /',
  );
};
