import { endpointFlag, imageFlag, inTurnFlag } from '../../src/cloud/flags.ts';
import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';

/** Servers of Hetzner Cloud, or of what speaks its API. */
export const platform: PlatformDefinition = {
  name: 'hetzner',
  aliases: ['hcloud'],
  summary: 'Hetzner Cloud servers',
  oem: 'hetzner',
  capabilities: {
    arches: ['amd64', 'arm64'],
    // There is no console behind the API, and the disk has the size of the server type.
    features: ['private-network', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
    userDataLimit: 32_768,
  },
  flags: [
    { name: 'hetzner-location', value: 'NAME', description: 'location (default fsn1)' },
    inTurnFlag('hetzner-server-type', 'server types', 'cpx22, on arm64 cax11'),
    imageFlag('hetzner-image', 'ID'),
    endpointFlag('hetzner-endpoint'),
    ...cloudFlags,
  ],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./flight.ts')).sweepHetzner(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
