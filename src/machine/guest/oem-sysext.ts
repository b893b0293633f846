import type { Machine } from '../../core/machine.ts';
import type { CheckContext } from '../../core/scenario.ts';
import type { UserData } from '../../core/user-data.ts';
import { file, filesystem, ignition, unit } from '../user-data/ignition/builders.ts';
import type { OemPath } from './oem.ts';

const older = '1.2.3';
const oemLink = '/etc/extensions/oem-test.raw';
const ownLink = '/etc/extensions/flatcar-myext.raw';

const oemFile = (oem: OemPath, version: string): string => `${oem}/sysext/oem-test-${version}.raw`;
const rootFile = (version: string): string => `/etc/flatcar/oem-sysext/oem-test-${version}.raw`;
const ownFile = (version: string): string => `/etc/flatcar/sysext/flatcar-myext-${version}.raw`;

/** The running version, which names of extensions end in. */
export const runningVersion = (machine: Machine): Promise<string> =>
  machine.run('. /usr/lib/os-release && printf %s "$VERSION"');

/** Links as an older version has left them. */
const linkOlder = (oemTarget: string): string =>
  `sudo ln -fs ${oemTarget} ${oemLink} && sudo ln -fs ${ownFile(older)} ${ownLink}`;

/**
 * Extensions of an OEM and of a user, of an older and of the running version, all of them empty files: nobody may
 * merge them. The older OEM extension is in use and lies in the root filesystem.
 */
export const prepareExtensions = async (machine: Machine, oem: OemPath, version: string): Promise<void> => {
  const files = [rootFile(version), rootFile(older), ownFile(version), ownFile(older)];
  await machine.run('sudo systemctl mask --now systemd-sysext.service ensure-sysext.service');
  await machine.run(
    `sudo mkdir -p /etc/flatcar/sysext /etc/flatcar/oem-sysext ${oem}/sysext /etc/extensions`,
  );
  await machine.run(
    `echo ID=test | sudo tee ${oem}/oem-release && echo myext | sudo tee /etc/flatcar/enabled-sysext.conf`,
  );
  await machine.run(`sudo touch ${oem}/sysext/active-oem-test ${files.join(' ')}`);
  await machine.run(linkOlder(rootFile(older)));
};

/** The older OEM extension is in use and lies on the OEM partition, the newer one in the root filesystem. */
export const swapPlaces = async (machine: Machine, oem: OemPath, version: string): Promise<void> => {
  await machine.run(`sudo mv ${oemFile(oem, version)} ${rootFile(version)}`);
  await machine.run(`sudo mv ${rootFile(older)} ${oemFile(oem, older)}`);
  await machine.run(linkOlder(oemFile(oem, older)));
};

/** The same for a machine that Ignition sets up with the extension on the OEM partition already. */
export const preparedByIgnition = (oem: OemPath, version: string): UserData =>
  ignition(
    {
      filesystems: [filesystem('/dev/disk/by-label/OEM', 'btrfs', { path: oem, wipeFilesystem: false })],
      files: [
        file(`${oem}/oem-release`, 'ID=test\n', { overwrite: true }),
        file(`${oem}/sysext/active-oem-test`, ''),
        file(oemFile(oem, version), ''),
        file('/etc/flatcar/enabled-sysext.conf', 'myext\n', { overwrite: true }),
        file(ownFile(version), ''),
      ],
      units: [unit('systemd-sysext.service', { mask: true }), unit('ensure-sysext.service', { mask: true })],
    },
    '2.3',
  );

/** Checks that both links lead to the files of the running version, where those belong. */
export const checkLinks = async (
  t: CheckContext,
  machine: Machine,
  { oem, version, when }: { readonly oem: OemPath; readonly version: string; readonly when: string },
): Promise<void> => {
  const target = (link: string): Promise<string> => machine.run(`readlink -e ${link} || true`);
  t.equal(`oem-link-${when}`, await target(oemLink), oemFile(oem, version), `target of ${oemLink}`);
  t.equal(`own-link-${when}`, await target(ownLink), ownFile(version), `target of ${ownLink}`);
};

/** Where an extension that is no longer in use goes. */
export const olderInRoot = rootFile(older);
