import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';

/** Machines of whatever kind, made by commands of the user's own. */
export const platform: PlatformDefinition = {
  name: 'external',
  aliases: [],
  summary: 'machines made by commands of your own',
  capabilities: {
    arches: ['amd64', 'arm64'],
    features: ['console', 'private-network'],
    userData: userDataKinds,
  },
  flags: [
    { name: 'external-provisioning-cmds', value: 'COMMAND', description: 'makes a machine, prints JSON' },
    {
      name: 'external-serial-console-cmd',
      value: 'COMMAND',
      description: 'prints the console of a machine as it comes',
    },
    {
      name: 'external-deprovisioning-cmds',
      value: 'COMMAND',
      description: 'takes a machine away; fine when it is gone',
    },
    {
      name: 'external-status-cmd',
      value: 'COMMAND',
      description: 'prints whether a machine still runs (default: not known)',
    },
  ],
  options: async () => (await import('./options.ts')).optionsSchema,
  open: async context => {
    const { CloudFlight } = await import('../../src/cloud/flight.ts');
    const { ExternalDriver } = await import('./driver.ts');
    const { optionsSchema } = await import('./options.ts');
    return new CloudFlight(context, new ExternalDriver(optionsSchema.parse(context.options), context));
  },
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepExternal(resources, context),
};
