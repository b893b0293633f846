import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Instances of Google Compute Engine, or of what speaks its API. */
export const platform: PlatformDefinition = {
  name: 'gce',
  aliases: ['gcp', 'gcloud'],
  summary: 'Google Compute Engine instances',
  oem: 'gcp',
  capabilities: {
    arches: ['amd64', 'arm64'],
    // Additional disks are attached, but as `google-<serial>`: scenarios name them by their virtio serial.
    features: ['console', 'private-network', 'primary-disk-size', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
    userDataLimit: 262_144,
  },
  flags: [...flags, ...cloudFlags],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepGce(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
