import type { PlatformFilter } from '../../core/scenario.ts';

/** Scenarios that look at the operating system alone need to run on one platform only. */
export const local: PlatformFilter = { only: ['qemu'] };

/** Those that Azure's image team also wants to see there. */
export const localAndAzure: PlatformFilter = { only: ['qemu', 'azure'] };
