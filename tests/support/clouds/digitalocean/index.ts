import { S3, s3ActionOf, s3Refusal } from '../aws/s3.ts';
import { type Effect, Tap } from '../faults.ts';
import type { GuestHost } from '../guests.ts';
import { openApiCheck } from '../openapi.ts';
import { actionOf, handleRest } from '../rest.ts';
import { type SimAnswer, type SimRequest, serve } from '../server.ts';
import { DoApi, missing, refusal } from './api.ts';

/** What a run needs in its environment. */
export const simulatedCredentials = {
  DIGITALOCEAN_TOKEN: 'dop_v1_simulated_secret',
  SPACES_ACCESS_KEY_ID: 'DO00SIMULATED',
  SPACES_SECRET_ACCESS_KEY: 'spaces-simulated-secret',
} as const;

/** An account of DigitalOcean, and Spaces with one bucket, on one port. */
export interface SimulatedDo {
  readonly url: string;
  readonly tap: Tap;
  readonly api: DoApi;
  readonly s3: S3;
  /** Everything that exists, as `kind id`. */
  census(): readonly string[];
  close(): Promise<void>;
}

const isApi = ({ url }: SimRequest): boolean => url.pathname.startsWith('/v2/');

export const startDo = async (guests: GuestHost, port = 0): Promise<SimulatedDo> => {
  const api = new DoApi(guests);
  const s3 = new S3();
  const check = openApiCheck('digitalocean.subset.json');
  const nameOf = actionOf(api.routes);
  const tap = new Tap({
    actionOf: request => (isApi(request) ? nameOf(request) : `s3 ${s3ActionOf(request)}`),
    refuse,
    ...(check === undefined
      ? {}
      : {
          check: (request: SimRequest, action: string, answer: SimAnswer) =>
            isApi(request) ? check(request, action, answer) : [],
        }),
    handle: async (request, action) => {
      if (!isApi(request)) return handleSpaces(s3, request, action);
      if (request.headers.authorization !== `Bearer ${simulatedCredentials.DIGITALOCEAN_TOKEN}`)
        return refuse('credentials', request);
      return handleRest(api.routes, request, missing);
    },
  });
  const server = await serve(tap.handler, { port });
  return {
    url: server.url,
    tap,
    api,
    s3,
    census: () => [...api.census(), ...[...s3.objects.keys()].map(key => `space-object ${key}`)],
    close: async () => {
      await api.close();
      await server.close();
      await guests.close();
    },
  };
};

/** Objects are read with a signature in the query, everything else with one in the header. */
const handleSpaces = async (s3: S3, request: SimRequest, action: string): Promise<SimAnswer> => {
  const { searchParams, pathname } = request.url;
  if (action === 's3 GetObject') {
    const signed = searchParams
      .get('X-Amz-Credential')
      ?.startsWith(simulatedCredentials.SPACES_ACCESS_KEY_ID);
    const object = s3.objects.get(decodeURIComponent(pathname.split('/').slice(2).join('/')));
    if (signed !== true) return s3Refusal(403, 'AccessDenied', 'not signed');
    return object === undefined
      ? s3Refusal(404, 'NoSuchKey', 'no such key')
      : { status: 200, body: object.body };
  }
  if (!(request.headers.authorization ?? '').includes(simulatedCredentials.SPACES_ACCESS_KEY_ID))
    return s3Refusal(403, 'InvalidAccessKeyId', 'unknown key');
  return s3.handle(request);
};

const words: Readonly<Partial<Record<Effect, readonly [status: number, id: string, message: string]>>> = {
  throttle: [429, 'too_many_requests', 'API Rate limit exceeded.'],
  capacity: [422, 'unprocessable_entity', 'Size is not available in this region.'],
  quota: [422, 'unprocessable_entity', 'creating this/these droplet(s) will exceed your droplet limit'],
  credentials: [401, 'Unauthorized', 'Unable to authenticate you'],
  permission: [403, 'forbidden', 'You are not authorized to perform this operation'],
  'server-error': [500, 'server_error', 'Unexpected server-side error'],
};

const s3Words: Readonly<Partial<Record<Effect, readonly [status: number, code: string]>>> = {
  throttle: [503, 'SlowDown'],
  credentials: [403, 'InvalidAccessKeyId'],
  permission: [403, 'AccessDenied'],
};

const refuse = (effect: Effect, request: SimRequest): SimAnswer => {
  if (!isApi(request)) {
    const [status, code] = s3Words[effect] ?? [500, 'InternalError'];
    return s3Refusal(status, code, `simulated ${effect}`);
  }
  const [status, id, message] = words[effect] ?? [500, 'server_error', 'Unexpected server-side error'];
  return refusal(status, id, message, status === 429 ? { 'retry-after': '1' } : {});
};
