import { z } from 'zod';
import { ApiCalls, type CallOptions } from '../../src/cloud/calls.ts';
import type { FaultCodes } from '../../src/cloud/fault.ts';
import { JsonApi, readHttpFault } from '../../src/cloud/http.ts';
import type { Clock } from '../../src/core/clock.ts';
import { ProvisioningError, UsageError } from '../../src/core/errors.ts';
import type { HetznerOptions } from './options.ts';

const vendor = 'https://api.hetzner.cloud';
const credentialsHint = 'set HCLOUD_TOKEN to a token of the project that may read and write';

/** Error codes of the API's reference. */
const codes: FaultCodes = {
  unauthorized: 'credentials',
  token_readonly: 'permission',
  forbidden: 'permission',
  rate_limit_exceeded: 'throttled',
  resource_limit_exceeded: 'quota',
  server_limit_exceeded: 'quota',
  resource_unavailable: 'capacity',
  placement_error: 'capacity',
  uniqueness_error: 'exists',
  conflict: 'busy',
  locked: 'busy',
  resource_in_use: 'busy',
  must_be_removed: 'busy',
  not_found: 'not-found',
  invalid_input: 'invalid',
  server_error: 'transient',
  service_error: 'transient',
  unavailable: 'transient',
  maintenance: 'transient',
  timeout: 'transient',
};

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export interface HetznerCloud {
  readonly calls: ApiCalls;
  readonly location: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** One call: `send('POST /servers', '/servers', schema, …)`. */
  send<T>(
    action: string,
    path: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    body?: object,
    options?: CallOptions,
  ): Promise<T>;
  /** All pages of a list. */
  all<T>(
    path: string,
    key: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    query?: Readonly<Record<string, string>>,
  ): Promise<readonly T[]>;
}

export const siteKeys = ['location', 'endpoint'] as const;
const defaultLocation = 'fsn1';

export const siteOf = (options: HetznerOptions): Readonly<Record<string, string>> => ({
  location: options.hetznerLocation ?? defaultLocation,
  ...(options.hetznerEndpoint === undefined ? {} : { endpoint: options.hetznerEndpoint }),
});

export const optionsOf = (site: Readonly<Record<string, string>>): HetznerOptions => ({
  ...(site.location === undefined ? {} : { hetznerLocation: site.location }),
  ...(site.endpoint === undefined ? {} : { hetznerEndpoint: site.endpoint }),
});

export const connect = (
  options: HetznerOptions,
  { clock, log }: { readonly clock: Clock; readonly log: (line: string) => void },
): HetznerCloud => {
  const token = process.env.HCLOUD_TOKEN;
  if (token === undefined || token === '')
    throw new UsageError('cloud-credentials', 'no token for Hetzner Cloud was given', {
      hint: credentialsHint,
    });
  const endpoint = (options.hetznerEndpoint ?? vendor).replace(/\/+$/, '');
  const api = new JsonApi(`${endpoint}/v1`, { authorization: `Bearer ${token}` });
  const style = {
    platform: 'hetzner',
    account: endpoint,
    credentialsHint,
    // 3600 an hour, for a project.
    rate: { perSecond: 1, burst: 500 },
    codes,
    read: readHttpFault(body => errorBody.safeParse(body).data?.error ?? {}),
    ...(options.hetznerEndpoint === undefined ? {} : { endpoint }),
  };
  const calls = new ApiCalls(style, clock, log);
  return {
    calls,
    location: options.hetznerLocation ?? defaultLocation,
    clock,
    log,
    send: (action, path, schema, signal, body, callOptions) => {
      const [method = 'GET'] = action.split(' ');
      const request = body === undefined ? {} : { body };
      const make = (own: AbortSignal) => api.send(schema, method, path, own, request);
      return calls.call(`hetzner ${action}`, signal, make, callOptions);
    },
    all: async (path, key, schema, signal, query = {}) => {
      const found = [];
      const next = z.object({
        meta: z.object({ pagination: z.object({ next_page: z.number().nullable() }) }),
      });
      const answer = next.and(z.record(z.string(), z.unknown()));
      for (let page: number | null = 1; page !== null; ) {
        const asked: { query: Record<string, string | number> } = {
          query: { ...query, page, per_page: 50 },
        };
        const body: z.infer<typeof answer> = await calls.call(`hetzner GET ${path}`, signal, own =>
          api.send(answer, 'GET', path, own, asked),
        );
        found.push(...z.array(schema).parse(body[key]));
        page = body.meta.pagination.next_page;
      }
      return found;
    },
  };
};

export const actionSchema = z.object({
  id: z.number(),
  status: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
});

/** Waits until what was begun is done. */
export const awaitAction = (
  cloud: HetznerCloud,
  id: number,
  what: string,
  signal: AbortSignal,
): Promise<void> =>
  cloud.calls.eventually(what, { every: 2000, until: 20 * 60_000 }, signal, async () => {
    const answer = z.object({ action: actionSchema });
    const { action } = await cloud.send('GET /actions', `/actions/${id}`, answer, signal);
    if (action.status === 'error')
      throw new ProvisioningError('hetzner-action', `${what} failed: ${action.error?.message ?? ''}`);
    return action.status === 'success' ? { done: undefined } : { pending: action.status };
  });
