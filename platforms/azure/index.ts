import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Virtual machines of Microsoft Azure, or of what speaks its API. */
export const platform: PlatformDefinition = {
  name: 'azure',
  aliases: [],
  summary: 'Microsoft Azure virtual machines',
  oem: 'azure',
  capabilities: {
    arches: ['amd64', 'arm64'],
    // Additional disks are attached, but by LUN: scenarios name them by their virtio serial.
    features: ['console', 'private-network', 'primary-disk-size', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
    userDataLimit: 65_536,
  },
  flags: [...flags, ...cloudFlags],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepAzure(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
