import { type Effect, type Fault, Tap, waitOf } from '../faults.ts';
import type { GuestHost } from '../guests.ts';
import { Refusal } from '../refusal.ts';
import { json } from '../rest.ts';
import { type SimAnswer, type SimRequest, type SimServer, serve } from '../server.ts';
import { refusal } from './answers.ts';
import { trafficCheck } from './check.ts';
import { Compute, failedOperation, routeOf } from './compute.ts';
import { project } from './state.ts';
import { CloudStorage, storageActionOf } from './storage.ts';

/** What the simulator takes for valid credentials; put it into the environment. */
export const simulatedCredentials = {
  CLOUDSDK_AUTH_ACCESS_TOKEN: 'ya29.simulated-token-that-must-not-appear-anywhere',
  GOOGLE_CLOUD_PROJECT: project,
} as const;

/** A project of Google Cloud: Compute Engine and Cloud Storage on one port, as `--gce-endpoint` wants it. */
export interface SimulatedGce {
  readonly url: string;
  readonly tap: Tap;
  readonly compute: Compute;
  close(): Promise<void>;
}

export const startGce = async (guests: GuestHost, port = 0): Promise<SimulatedGce> => {
  const compute = new Compute(guests);
  const storage = new CloudStorage(compute);
  const check = trafficCheck();
  const tap = new Tap({
    actionOf,
    refuse,
    ...(check === undefined ? {} : { check }),
    handle: async (request, action) => {
      const session = action === 'storage objects.upload';
      if (
        !session &&
        request.headers.authorization !== `Bearer ${simulatedCredentials.CLOUDSDK_AUTH_ACCESS_TOKEN}`
      )
        return refuse('credentials', request);
      try {
        return action.startsWith('storage') ? storage.handle(request) : await compute.handle(request);
      } catch (error) {
        if (error instanceof Refusal) return refusal(error);
        throw error;
      }
    },
  });
  const server: SimServer = await serve(tap.handler, { port });
  return {
    url: server.url,
    tap,
    compute,
    close: async () => {
      await server.close();
      await guests.close();
      compute.close();
    },
  };
};

const actionOf = (request: SimRequest): string => {
  if (!request.url.pathname.startsWith('/compute/')) return `storage ${storageActionOf(request)}`;
  const { service, verb } = routeOf(request);
  return `compute ${service}.${verb}`;
};

const words: Readonly<Partial<Record<Effect, readonly [status: number, code: string]>>> = {
  throttle: [403, 'rateLimitExceeded'],
  credentials: [401, 'authError'],
  permission: [403, 'forbidden'],
  'server-error': [503, 'backendError'],
};

/** A lack of room is found by the operation: the answer to the call itself has status 200. */
const inOperations: Readonly<Partial<Record<Effect, string>>> = {
  capacity: 'ZONE_RESOURCE_POOL_EXHAUSTED',
  quota: 'QUOTA_EXCEEDED',
};

const refuse = (effect: Effect, request: SimRequest, fault?: Fault): SimAnswer => {
  const message = `simulated ${effect}`;
  const failed = inOperations[effect];
  if (failed !== undefined && request.url.pathname.startsWith('/compute/'))
    return json(200, failedOperation(routeOf(request).zone, failed, message));
  const [status, code] = words[effect] ?? [500, 'backendError'];
  return refusal({ status, code, message }, waitOf(fault));
};
