import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

const zonePattern = /^[a-z]+(-[a-z]+)+\d+-[a-z]$/;

const quote = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** `us-central1-a` → `us-central1`. */
export const regionOf = (zone: string): string => zone.replace(/-[a-z]$/, '');

export const optionsSchema = z.strictObject({
  gceProject: word('the name of a project').optional(),
  gceZone: words('zones')
    .refine(zones => zones.length > 0 && zones.every(zone => zonePattern.test(zone)), {
      error: issue => `expected zones such as us-central1-a, found ${quote(issue.input)}`,
    })
    .refine(zones => new Set(zones.map(regionOf)).size === 1, { error: 'expected zones of one region' })
    .optional(),
  gceImage: word('the name of an image')
    .refine(text => /^[a-z0-9:._/-]+$/i.test(text), {
      error: issue => `expected an image such as projects/P/global/images/NAME, found ${quote(issue.input)}`,
    })
    .optional(),
  gceMachinetype: words('machine types').optional(),
  gceDisktype: word('a disk type').optional(),
  gceNetwork: word('the name of a network').optional(),
  gceGvnic: z.boolean().optional(),
  gceServiceAuth: z.boolean().optional(),
  gceJsonKey: word('a file name').optional(),
  gceEndpoint: endpointOption.optional(),
  ...cloudOptions,
});
export type GceOptions = z.infer<typeof optionsSchema>;

export const zonesOf = (options: Pick<GceOptions, 'gceZone'>): readonly string[] =>
  options.gceZone ?? ['us-central1-a'];
