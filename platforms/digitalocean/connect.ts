import { S3Client } from '@aws-sdk/client-s3';
import { DigitalOcean } from 'digitalocean-js';
import { z } from 'zod';
import { ApiCalls, type CallOptions } from '../../src/cloud/calls.ts';
import { JsonApi, readAnswer } from '../../src/cloud/http.ts';
import type { Clock } from '../../src/core/clock.ts';
import { faultCodes, readFault } from './faults.ts';
import type { DoOptions } from './options.ts';
import { credentialsHint, findToken } from './token.ts';

const vendor = 'https://api.digitalocean.com';
const defaultRegion = 'sfo3';
const pageSize = 200;

/** The bucket through which local images go. */
export interface Spaces {
  readonly s3: S3Client;
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** One account, in one region. */
export interface DoCloud {
  readonly region: string;
  readonly calls: ApiCalls;
  /** What digitalocean-js does not know. */
  readonly api: JsonApi;
  /** A call through digitalocean-js, whose answer has the shape of `schema`. */
  library<T>(
    action: string,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    make: (client: DigitalOcean) => Promise<unknown>,
    options?: CallOptions,
  ): Promise<T>;
  /** All pages of a list. */
  all<T>(path: string, key: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<readonly T[]>;
  readonly spaces: Spaces | undefined;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Where a ledger entry was made: what `connect` needs to find the place again. */
export const siteKeys = [
  'region',
  'endpoint',
  'configFile',
  'profile',
  'spacesBucket',
  'spacesEndpoint',
] as const;

export const siteOf = (options: DoOptions): Readonly<Record<string, string>> => {
  const site = {
    region: options.doRegion ?? defaultRegion,
    endpoint: options.doEndpoint,
    configFile: options.doConfigFile,
    profile: options.doProfile,
    spacesBucket: options.doSpacesBucket,
    spacesEndpoint: options.doSpacesEndpoint,
  };
  return Object.fromEntries(
    Object.entries(site).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
};

export const optionsOf = (site: Readonly<Record<string, string>>): DoOptions => ({
  ...(site.region === undefined ? {} : { doRegion: site.region }),
  ...(site.endpoint === undefined ? {} : { doEndpoint: site.endpoint }),
  ...(site.configFile === undefined ? {} : { doConfigFile: site.configFile }),
  ...(site.profile === undefined ? {} : { doProfile: site.profile }),
  ...(site.spacesBucket === undefined ? {} : { doSpacesBucket: site.spacesBucket }),
  ...(site.spacesEndpoint === undefined ? {} : { doSpacesEndpoint: site.spacesEndpoint }),
});

export const connect = (
  options: DoOptions,
  tools: { readonly clock: Clock; readonly log: (line: string) => void },
): DoCloud => {
  const token = findToken(options);
  const endpoint = options.doEndpoint ?? vendor;
  const base = `${endpoint.replace(/\/+$/, '')}/v2`;
  const region = options.doRegion ?? defaultRegion;
  const api = new JsonApi(base, { authorization: `Bearer ${token}` });
  const calls = new ApiCalls(
    {
      platform: 'digitalocean',
      account: `${endpoint}/${options.doConfigFile ?? ''}/${options.doProfile ?? ''}`,
      credentialsHint,
      // 250 a minute, for a token.
      rate: { perSecond: 4, burst: 100 },
      codes: faultCodes,
      read: readFault,
      ...(options.doEndpoint === undefined ? {} : { endpoint }),
    },
    tools.clock,
    tools.log,
  );
  return {
    region,
    calls,
    api,
    clock: tools.clock,
    log: tools.log,
    spaces: openSpaces(options, region),
    library: (action, schema, signal, make, callOptions) =>
      calls.call(
        `do ${action}`,
        signal,
        async own => {
          // The library keeps address and token in one place for the whole process: they are set again for each call.
          const client = new DigitalOcean(token, base);
          return readAnswer(schema, await unlessAborted(make(client), own), action);
        },
        callOptions,
      ),
    all: async (path, key, schema, signal) => {
      const found = [];
      const answer = z.object({
        [key]: z.array(schema),
        links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).optional(),
      });
      for (let page = 1; ; page++) {
        const { [key]: items, links } = await calls.call(`do GET ${path}`, signal, own =>
          api.send(answer, 'GET', path, own, { query: { page, per_page: pageSize } }),
        );
        found.push(...z.array(schema).parse(items));
        if (z.object({ pages: z.object({ next: z.string() }) }).safeParse(links).success === false)
          return found;
      }
    },
  };
};

/** The library takes no signal: its answer is no longer waited for. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {
      // Nobody waits for it any more.
    });
  }
};

const openSpaces = (options: DoOptions, region: string): Spaces | undefined => {
  const { SPACES_ACCESS_KEY_ID: accessKeyId, SPACES_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (options.doSpacesBucket === undefined || accessKeyId === undefined || secretAccessKey === undefined)
    return undefined;
  const endpoint = options.doSpacesEndpoint ?? `https://${region}.digitaloceanspaces.com`;
  const keys = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: keys,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  return { s3, endpoint, bucket: options.doSpacesBucket, region: 'us-east-1', keys };
};
