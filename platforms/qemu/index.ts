import { userDataKinds } from '../../src/core/image.ts';
import type { PlatformDefinition } from '../../src/core/platform.ts';
import { flags } from './flags.ts';

/** Virtual machines on this host, without privileges. */
export const platform: PlatformDefinition = {
  name: 'qemu',
  aliases: ['qemu-unpriv'],
  summary: 'QEMU virtual machines on this host, unprivileged, with KVM where it works',
  capabilities: {
    arches: ['amd64', 'arm64'],
    features: [
      'console',
      'private-network',
      'private-network-in-initrd',
      'extra-disks',
      'primary-disk-size',
      'threads-per-core',
      'tpm',
    ],
    userData: userDataKinds,
  },
  flags,
  options: async () => (await import('./options.ts')).optionsSchema,
  probe: async (arches, folders) => (await import('./doctor.ts')).examineQemu(arches, folders),
  open: async context => (await import('./flight.ts')).openFlight(context),
  sweep: async (resources, context) => (await import('./sweep.ts')).sweepQemu(resources, context),
};
