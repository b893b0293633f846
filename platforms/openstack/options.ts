import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

export const optionsSchema = z.strictObject({
  openstackConfigFile: word('a file name').optional(),
  openstackProfile: word('the name of a cloud').optional(),
  openstackRegion: word('a region').optional(),
  openstackDomain: word('the name of a domain').optional(),
  openstackImage: word('an image id or name').optional(),
  openstackFlavor: words('flavors').optional(),
  openstackNetwork: word('a network id or name').optional(),
  openstackFloatingIpPool: word('the name of an external network').optional(),
  openstackConfigDrive: z.boolean().optional(),
  openstackEndpoint: endpointOption.optional(),
  ...cloudOptions,
});
export type OpenStackOptions = z.infer<typeof optionsSchema>;
