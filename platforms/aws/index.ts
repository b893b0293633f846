import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Instances of Amazon EC2, or of what speaks its API. */
export const platform: PlatformDefinition = {
  name: 'aws',
  aliases: ['ec2'],
  summary: 'Amazon EC2 instances',
  oem: 'aws',
  capabilities: {
    arches: ['amd64', 'arm64'],
    // Additional disks are attached, but as nvme devices: scenarios name them by their virtio serial.
    features: ['console', 'private-network', 'primary-disk-size', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
    userDataLimit: 16_384,
  },
  flags: [...flags, ...cloudFlags],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepAws(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
