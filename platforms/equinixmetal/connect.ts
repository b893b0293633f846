import { ApiCalls } from '../../src/cloud/calls.ts';
import type { Clock } from '../../src/core/clock.ts';
import { UsageError } from '../../src/core/errors.ts';
import { MetalApi } from './api.ts';
import { credentialsHint, findCredentials } from './credentials.ts';
import { faultCodes, readFault } from './faults.ts';
import type { MetalOptions } from './options.ts';
import { Pool } from './pool.ts';

/** A project of Equinix Metal, or of what speaks its API. */
export interface MetalCloud {
  readonly api: MetalApi;
  readonly calls: ApiCalls;
  readonly endpoint: string;
  readonly project: string;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

const vendor = 'https://api.equinix.com';

/** Where a ledger entry was made. */
export const siteKeys = ['endpoint', 'project'] as const;

/** `--equinixmetal-endpoint`, the vendor's variable for it, or the vendor's own host; with the API's path. */
export const endpointOf = (
  options: MetalOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string => {
  const said = options.equinixmetalEndpoint ?? env.EQUINIX_API_ENDPOINT ?? vendor;
  const plain = said.replace(/\/+$/, '');
  return plain.endsWith('/metal/v1') ? plain : `${plain}/metal/v1`;
};

const vendorHost = /(^|\.)(equinix\.com|packet\.(net|com))$/;

/** Stops what would go to the vendor's own host: there is nothing behind it any more. */
export const refuseSunset = (endpoint: string): void => {
  if (!vendorHost.test(new URL(endpoint).hostname)) return;
  throw new UsageError(
    'provider-sunset',
    'Equinix Metal is not available: the provider shut the service down on 2026-06-30',
    { hint: 'give a compatible API with --equinixmetal-endpoint, or choose another platform' },
  );
};

export const connect = async (
  options: MetalOptions,
  tools: { readonly clock: Clock; readonly log: (line: string) => void },
): Promise<MetalCloud> => {
  const endpoint = endpointOf(options);
  const { token, project } = findCredentials(options);
  return {
    api: new MetalApi(endpoint, token, project),
    endpoint,
    project,
    pool: new Pool(),
    calls: new ApiCalls(
      {
        platform: 'equinixmetal',
        account: `${endpoint}/${project}`,
        credentialsHint,
        endpoint,
        rate: { perSecond: 10, burst: 30 },
        codes: faultCodes,
        read: readFault,
      },
      tools.clock,
      tools.log,
    ),
    clock: tools.clock,
    log: tools.log,
  };
};
