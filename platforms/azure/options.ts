import { z } from 'zod';
import { cloudOptions, endpointOption, word, words } from '../../src/cloud/options.ts';

const quote = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: issue => `expected ${values.join(' or ')}, found ${quote(issue.input)}` });

export const optionsSchema = z
  .strictObject({
    azureSubscription: word('the id of a subscription')
      .refine(text => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text), {
        error: issue => `expected the id of a subscription, a UUID, found ${quote(issue.input)}`,
      })
      .optional(),
    azureLocation: word('a location')
      .refine(text => /^[a-z0-9]+$/.test(text), {
        error: issue => `expected a location such as westeurope, found ${quote(issue.input)}`,
      })
      .optional(),
    azureSize: words('sizes').optional(),
    azureDiskUri: word('the id of an image')
      .refine(text => /^\/subscriptions\/.+\/(images|versions)\/[^/]+$/i.test(text), {
        error: issue =>
          `expected the id of an image such as /subscriptions/…/images/NAME, found ${quote(issue.input)}`,
      })
      .optional(),
    azurePublisher: word('a publisher').optional(),
    azureOffer: word('an offer').optional(),
    azureSku: word('a SKU').optional(),
    azureVersion: word('a version').optional(),
    azureHyperVGeneration: choice(['V1', 'V2']).optional(),
    azureUseGallery: z.boolean().optional(),
    azureDiskController: choice(['nvme', 'scsi', 'default']).optional(),
    azureTrustedLaunch: z.boolean().optional(),
    azureVmIdentity: word('the id of an identity').optional(),
    azureEndpoint: endpointOption
      .refine(text => text.startsWith('https:'), {
        error: issue => `expected an https URL, found ${quote(issue.input)}`,
      })
      .optional(),
    azureCaFile: word('a file name').optional(),
    ...cloudOptions,
  })
  .refine(
    ({ azureTrustedLaunch, azureHyperVGeneration }) => !azureTrustedLaunch || azureHyperVGeneration !== 'V1',
    {
      path: ['azureTrustedLaunch'],
      error: 'trusted launch needs generation V2',
    },
  );
export type AzureOptions = z.infer<typeof optionsSchema>;
