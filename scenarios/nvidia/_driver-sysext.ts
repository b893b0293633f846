import { file, type IgnitionParts } from '../../src/machine/user-data/ignition/builders.ts';

/** The extension with the driver, in the flavour whose sources are open. */
export const driverExtension: IgnitionParts = {
  files: [file('/etc/flatcar/enabled-sysext.conf', 'nvidia-drivers-550-open\n', { overwrite: true })],
};
