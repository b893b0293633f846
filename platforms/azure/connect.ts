import { readFileSync } from 'node:fs';
import { ComputeManagementClient } from '@azure/arm-compute';
import { NetworkManagementClient } from '@azure/arm-network';
import { ResourceManagementClient } from '@azure/arm-resources';
import { DefaultAzureCredential } from '@azure/identity';
import { ApiCalls } from '../../src/cloud/calls.ts';
import { slowdownOf } from '../../src/cloud/runner-address.ts';
import type { Clock } from '../../src/core/clock.ts';
import { UsageError } from '../../src/core/errors.ts';
import { faultCodes, readFault } from './faults.ts';
import type { AzureOptions } from './options.ts';

/** The clients of one subscription. */
export interface AzureCloud {
  readonly compute: ComputeManagementClient;
  readonly network: NetworkManagementClient;
  readonly resources: ResourceManagementClient;
  readonly calls: ApiCalls;
  readonly subscription: string;
  readonly location: string;
  /** Milliseconds between two looks of the SDK at a long-running operation. */
  readonly lookEvery: number;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Where a ledger entry was made: what `connect` needs to find the place again. */
export const siteKeys = ['subscription', 'location', 'endpoint', 'ca'] as const;

export const siteOf = (
  options: AzureOptions,
  { subscription, location }: AzureCloud,
): Readonly<Record<string, string>> => ({
  subscription,
  location,
  ...(options.azureEndpoint === undefined ? {} : { endpoint: options.azureEndpoint }),
  ...(options.azureCaFile === undefined ? {} : { ca: options.azureCaFile }),
});

/** A token that somebody else obtained, for the Resource Manager. */
const tokenVariable = 'AZURE_ACCESS_TOKEN';

export const connect = async (
  options: AzureOptions,
  tools: { readonly clock: Clock; readonly log: (line: string) => void },
): Promise<AzureCloud> => {
  const subscription = options.azureSubscription ?? process.env.AZURE_SUBSCRIPTION_ID;
  if (subscription === undefined)
    throw new UsageError('azure-subscription', 'no Azure subscription was given', {
      hint: 'give --azure-subscription or set AZURE_SUBSCRIPTION_ID',
    });
  const common = {
    // Retries are ours: they obey the run's signal and are told in its log.
    retryOptions: { maxRetries: 0 },
    ...(options.azureEndpoint === undefined ? {} : { endpoint: options.azureEndpoint }),
    ...(options.azureCaFile === undefined ? {} : { tlsOptions: { ca: readCa(options.azureCaFile) } }),
  };
  const credential = openCredential();
  return {
    compute: new ComputeManagementClient(credential, subscription, common),
    network: new NetworkManagementClient(credential, subscription, common),
    resources: new ResourceManagementClient(credential, subscription, common),
    subscription,
    location: options.azureLocation ?? 'westeurope',
    // Operations of an emulator on this very host take no time.
    lookEvery: slowdownOf(options.azureEndpoint) > 1 ? 20 : 3000,
    calls: new ApiCalls(
      {
        platform: 'azure',
        account: `${options.azureEndpoint ?? ''}/${subscription}`,
        credentialsHint: `log in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or ${tokenVariable}`,
        rate: { perSecond: 10, burst: 200 },
        codes: faultCodes,
        read: readFault,
        ...(options.azureEndpoint === undefined ? {} : { endpoint: options.azureEndpoint }),
      },
      tools.clock,
      tools.log,
    ),
    clock: tools.clock,
    log: tools.log,
  };
};

const hour = 3_600_000;

const openCredential = (): Pick<DefaultAzureCredential, 'getToken'> => {
  const token = process.env[tokenVariable];
  if (token === undefined || token === '') return new DefaultAzureCredential();
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + hour }) };
};

const readCa = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError('azure-ca-file', `cannot read the certificate authority ${file}`, { cause: error });
  }
};
