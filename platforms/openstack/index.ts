import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Servers of an OpenStack cloud. */
export const platform: PlatformDefinition = {
  name: 'openstack',
  aliases: [],
  summary: 'servers of an OpenStack cloud',
  oem: 'openstack',
  capabilities: {
    arches: ['amd64', 'arm64'],
    // Additional disks are attached, but under the ids of their volumes: scenarios name them by their virtio serial.
    features: ['console', 'private-network', 'primary-disk-size', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
    // 65535 characters of base64.
    userDataLimit: 49_149,
  },
  flags: [...flags, ...cloudFlags],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepOpenStack(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
