import { type Effect, Tap } from '../faults.ts';
import type { GuestHost } from '../guests.ts';
import { actionOf, handleRest } from '../rest.ts';
import { type SimAnswer, type SimRequest, serve } from '../server.ts';
import { HetznerApi, missing, refusal } from './api.ts';

/** What a run needs in its environment. */
export const simulatedCredentials = { HCLOUD_TOKEN: 'hcloud-simulated-secret' } as const;

/** A project of Hetzner Cloud. */
export interface SimulatedHetzner {
  readonly url: string;
  readonly tap: Tap;
  readonly api: HetznerApi;
  close(): Promise<void>;
}

export const startHetzner = async (guests: GuestHost, port = 0): Promise<SimulatedHetzner> => {
  const api = new HetznerApi(guests);
  const { routes } = api;
  const tap = new Tap({
    actionOf: actionOf(routes),
    refuse,
    handle: async request =>
      request.headers.authorization === `Bearer ${simulatedCredentials.HCLOUD_TOKEN}`
        ? handleRest(routes, request, missing)
        : refuse('credentials', request),
  });
  const server = await serve(tap.handler, { port });
  return {
    url: server.url,
    tap,
    api,
    close: async () => {
      await api.close();
      await server.close();
      await guests.close();
    },
  };
};

const words: Readonly<Partial<Record<Effect, readonly [status: number, code: string]>>> = {
  throttle: [429, 'rate_limit_exceeded'],
  capacity: [412, 'resource_unavailable'],
  quota: [403, 'resource_limit_exceeded'],
  credentials: [401, 'unauthorized'],
  permission: [403, 'forbidden'],
  'server-error': [500, 'server_error'],
};

const refuse = (effect: Effect, _request: SimRequest): SimAnswer => {
  const [status, code] = words[effect] ?? [500, 'server_error'];
  return refusal(status, code, `simulated ${effect}`, status === 429 ? { 'retry-after': '1' } : {});
};
