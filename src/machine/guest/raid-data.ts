import type { CheckContext } from '../../core/scenario.ts';
import type { UserData } from '../../core/user-data.ts';
import { filesystem, ignition } from '../user-data/ignition/builders.ts';
import { blockDevices, mountedAt } from './lsblk.ts';
import { mountUnit } from './mount-unit.ts';

const path = '/var/lib/data';

export type RaidLevel = 'raid0' | 'raid1';

/** An array of the two partitions that a fresh image does not use. */
export const dataArray = (level: RaidLevel): UserData =>
  ignition(
    {
      raid: [
        {
          name: 'DATA',
          level,
          devices: ['/dev/disk/by-partlabel/OEM-CONFIG', '/dev/disk/by-partlabel/USR-B'],
        },
      ],
      filesystems: [filesystem('/dev/md/DATA', 'ext4', { label: 'DATA', wipeFilesystem: true })],
      units: [mountUnit('/dev/md/DATA', path, { type: 'ext4' })],
    },
    '2.3',
  );

/** The array of this very level is mounted, holds what is written to it, and is there again after a reboot. */
export const checkDataArray = async (t: CheckContext, level: RaidLevel): Promise<void> => {
  const { machine } = t;
  t.equal('level', mountedAt(await blockDevices(machine), path).type, level, `type of the device at ${path}`);
  await machine.run(`echo kept | sudo tee ${path}/note >/dev/null && sync`);
  await machine.reboot();
  t.equal(
    'level-after-reboot',
    mountedAt(await blockDevices(machine), path).type,
    level,
    `type of the device at ${path}`,
  );
  t.equal(
    'data-after-reboot',
    await machine.run(`cat ${path}/note`),
    'kept',
    `${path}/note after the reboot`,
  );
};
