import type { CheckContext, ScenarioSpec } from '../../core/scenario.ts';
import type { IgnitionAbout, UserData } from '../../core/user-data.ts';
import { file, filesystem, ignition } from '../user-data/ignition/builders.ts';
import { allDevices, blockDevices } from './lsblk.ts';

/** Where the OEM partition is mounted: the second is the name since 3620. */
export type OemPath = '/usr/share/oem' | '/oem';

const autologin = 'set linux_append="flatcar.autologin"';
const grubConfig = `${autologin}\nset linux_console="console=ttyS0,115200 console=tty0"\n`;

export interface OemOptions {
  readonly path: OemPath;
  /** What user-data says of the filesystem; absent = nothing. */
  readonly format?: 'btrfs' | 'ext4';
  readonly wipe?: boolean;
  readonly about: IgnitionAbout;
}

/** Set when the filesystem is made anew, so that it is told from the one of the image. */
const madeUuid = '0b7c6a6e-5d8e-4a8c-9d0c-3d4f1d2b9a55';

/** User-data that changes the boot loader's configuration on the OEM partition. */
export const oemConfig = ({ path, format, wipe = false, about }: OemOptions): UserData =>
  ignition(
    {
      filesystems:
        format === undefined
          ? []
          : [
              filesystem('/dev/disk/by-label/OEM', format, {
                path,
                wipeFilesystem: wipe,
                ...(wipe ? { label: 'OEM', uuid: madeUuid } : {}),
              }),
            ],
      files: [file(`${path}/grub.cfg`, grubConfig, { overwrite: true })],
    },
    about,
  );

/** The first line of a grub.cfg that sets linux_append to something of the console login. */
export const autologinLine = (text: string): string | undefined =>
  text.split('\n').find(line => line.startsWith('set linux_append="flatcar.autologin"'));

const oemFormat = async (t: CheckContext): Promise<string | null | undefined> =>
  allDevices(await blockDevices(t.machine)).find(({ label }) => label === 'OEM')?.fstype;

/** The file is on the partition, whose filesystem is still the image's; and Ignition runs again when it is told to. */
export const checkOemKept = async (t: CheckContext, path: OemPath): Promise<void> => {
  const { machine } = t;
  t.equal(
    'grub-config',
    autologinLine(await machine.read(`${path}/grub.cfg`)),
    autologin,
    `line of ${path}/grub.cfg`,
  );
  t.equal('filesystem-kept', await oemFormat(t), 'btrfs', 'filesystem labelled OEM');
  await machine.run('sudo touch /boot/flatcar/first_boot');
  await machine.reboot();
  const again = await machine.try('test -e /boot/flatcar/first_boot');
  t.equal('first-boot-again', again.code, 1, 'flag of a first boot after it');
  t.equal('filesystem-kept-again', await oemFormat(t), 'btrfs', 'filesystem labelled OEM');
};

/** The partition has the filesystem that was asked for, and it is a new one. */
export const checkOemWiped = async (t: CheckContext): Promise<void> => {
  t.equal('filesystem-made', await oemFormat(t), 'ext4', 'filesystem labelled OEM');
  t.equal(
    'not-the-image-s',
    await t.machine.run('sudo blkid -c /dev/null -s UUID -o value /dev/disk/by-label/OEM'),
    madeUuid,
    'UUID of the filesystem labelled OEM',
  );
};

/** What the scenarios about the OEM partition have in common. */
export const oemSpec = {
  tags: ['ignition', 'storage', 'oem'],
  platforms: { only: ['qemu'] },
} as const satisfies Partial<ScenarioSpec>;
