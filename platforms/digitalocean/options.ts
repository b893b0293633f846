import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

const quote = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

export const optionsSchema = z
  .strictObject({
    doConfigFile: word('a file name').optional(),
    doProfile: word('the name of a profile').optional(),
    doRegion: word('a region')
      .refine(text => /^[a-z]{3}\d$/.test(text), {
        error: issue => `expected a region such as sfo3, found ${quote(issue.input)}`,
      })
      .optional(),
    doSize: words('sizes').optional(),
    doImage: word('an image id or slug').optional(),
    doImageUrl: endpointOption.optional(),
    doSpacesBucket: word('the name of a bucket').optional(),
    doSpacesEndpoint: endpointOption.optional(),
    doEndpoint: endpointOption.optional(),
    ...cloudOptions,
  })
  .refine(options => options.doImage === undefined || options.doImageUrl === undefined, {
    path: ['doImageUrl'],
    error: 'expected --do-image or --do-image-url, found both',
  });
export type DoOptions = z.infer<typeof optionsSchema>;
