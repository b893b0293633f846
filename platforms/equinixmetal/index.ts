import { cloudFlags } from '../../src/cloud/options.ts';
import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Bare-metal machines behind version 1 of Equinix Metal's API. The provider ended the service itself on 2026-06-30. */
export const platform: PlatformDefinition = {
  name: 'equinixmetal',
  aliases: ['packet'],
  summary: 'bare metal behind the API of Equinix Metal (provider sunset 2026-06-30)',
  oem: 'packet',
  capabilities: {
    arches: ['amd64', 'arm64'],
    features: ['console', 'private-network', 'key-in-metadata', 'user-data-none'],
    userData: userDataKinds,
  },
  flags: [...flags, ...cloudFlags],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepMetal(resources, context),
  account: async context => (await import('./account.ts')).openAccount(context),
};
