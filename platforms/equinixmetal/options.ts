import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

const minutes = z
  .string({ error: issue => `expected minutes, found ${JSON.stringify(issue.input)}` })
  .regex(/^[1-9]\d{0,3}m?$/, {
    error: issue => `expected minutes such as 45, found ${JSON.stringify(issue.input)}`,
  })
  .transform(text => Number.parseInt(text, 10));

const place = word('HOST or HOST:PORT').refine(text => /^[\w.{}-]+(:\d{1,5})?$/.test(text), {
  error: issue => `expected HOST or HOST:PORT, found ${JSON.stringify(issue.input)}`,
});

export const optionsSchema = z.strictObject({
  equinixmetalConfigFile: word('a file name').optional(),
  equinixmetalProfile: word('the name of a profile').optional(),
  equinixmetalProject: word('a project id').optional(),
  equinixmetalPlan: words('plans').optional(),
  equinixmetalMetro: words('metros').optional(),
  equinixmetalFacility: words('facilities').optional(),
  equinixmetalInstallerImageBaseUrl: endpointOption.optional(),
  equinixmetalInstallerImageKernelUrl: endpointOption.optional(),
  equinixmetalInstallerImageCpioUrl: endpointOption.optional(),
  equinixmetalImageUrl: endpointOption.optional(),
  equinixmetalLaunchTimeout: minutes.optional(),
  equinixmetalInstallTimeout: minutes.optional(),
  equinixmetalServe: place.optional(),
  equinixmetalSos: place.optional(),
  equinixmetalReuse: z
    .enum(['yes', 'no'], { error: issue => `expected yes or no, found ${JSON.stringify(issue.input)}` })
    .optional(),
  equinixmetalEndpoint: endpointOption.optional(),
  ...cloudOptions,
});
export type MetalOptions = z.infer<typeof optionsSchema>;
