import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Droplets of DigitalOcean, or of what speaks its API. */
export const platform: PlatformDefinition = {
  name: 'digitalocean',
  aliases: ['do'],
  summary: 'DigitalOcean droplets',
  oem: 'digitalocean',
  capabilities: {
    arches: ['amd64'],
    // There is no console behind the API, and the disk has the size of the droplet.
    features: ['private-network', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
    userDataLimit: 65_536,
  },
  flags: [...flags, ...cloudFlags],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepDo(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
