import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

export const optionsSchema = z.strictObject({
  hetznerLocation: word('a location')
    .refine(text => /^[a-z]{3}\d?$/.test(text), {
      error: issue => `expected a location such as fsn1, found ${JSON.stringify(issue.input)}`,
    })
    .optional(),
  hetznerServerType: words('server types').optional(),
  hetznerImage: word('an image id').optional(),
  hetznerEndpoint: endpointOption.optional(),
  ...cloudOptions,
});
export type HetznerOptions = z.infer<typeof optionsSchema>;
