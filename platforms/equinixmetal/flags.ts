import { endpointFlag, inTurnFlag } from '../../src/cloud/flags.ts';
import type { PlatformFlag } from '../../src/core/platform.ts';

/** The token is no flag: it comes from METAL_AUTH_TOKEN and its relatives, or from a configuration file. */
export const flags: readonly PlatformFlag[] = [
  {
    name: 'equinixmetal-config-file',
    value: 'FILE',
    description: 'JSON file with profiles of api_key and project (default ~/.config/equinixmetal.json)',
  },
  { name: 'equinixmetal-profile', value: 'NAME', description: 'profile in that file (default: default)' },
  { name: 'equinixmetal-project', value: 'ID', description: 'project (default: METAL_PROJECT_ID)' },
  inTurnFlag('equinixmetal-plan', 'plans', 'c3.small.x86, on arm64 c3.large.arm64'),
  inTurnFlag('equinixmetal-metro', 'metros', 'sv, on arm64 dc'),
  { name: 'equinixmetal-facility', value: 'NAMES', description: 'facilities to try in turn, after metros' },
  {
    name: 'equinixmetal-installer-image-base-url',
    value: 'URL',
    description: 'folder with the kernel and initrd of the installer',
  },
  { name: 'equinixmetal-installer-image-kernel-url', value: 'URL', description: 'kernel of the installer' },
  { name: 'equinixmetal-installer-image-cpio-url', value: 'URL', description: 'initrd of the installer' },
  {
    name: 'equinixmetal-image-url',
    value: 'URL',
    description: 'bzip2 of a disk to install; --image then only describes it',
  },
  {
    name: 'equinixmetal-launch-timeout',
    value: 'MINUTES',
    description: 'until a device is active (default 10)',
  },
  {
    name: 'equinixmetal-install-timeout',
    value: 'MINUTES',
    description: 'until the image is installed (default 45)',
  },
  {
    name: 'equinixmetal-serve',
    value: 'HOST[:PORT]',
    description: 'how devices reach the files that this host serves while they install',
  },
  {
    name: 'equinixmetal-sos',
    value: 'HOST[:PORT]',
    description:
      'consoles over SSH; {metro} stands for the device’s (default sos.{metro}.platformequinix.com)',
  },
  {
    name: 'equinixmetal-reuse',
    value: 'yes|no',
    description: 'install the next machine on a device that is free again (default no)',
  },
  endpointFlag('equinixmetal-endpoint'),
];
