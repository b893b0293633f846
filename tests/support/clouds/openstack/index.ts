import { type Effect, type Fault, Tap } from '../faults.ts';
import type { GuestHost } from '../guests.ts';
import { actionOf, handleRest, json, type Routes } from '../rest.ts';
import { type SimAnswer, type SimRequest, serve } from '../server.ts';
import { cinderRefusal, cinderRoutes } from './cinder.ts';
import { glanceRefusal, glanceRoutes } from './glance.ts';
import { keystoneRefusal, keystoneRoutes, unauthorized } from './keystone.ts';
import { neutronRefusal, neutronRoutes } from './neutron.ts';
import { novaRefusal, novaRoutes } from './nova.ts';
import { World } from './world.ts';

/** A project of an OpenStack cloud: Keystone, Nova, Neutron, Glance and Cinder behind one port. */
export interface SimulatedOpenStack {
  /** For `--openstack-endpoint`. */
  readonly url: string;
  readonly tap: Tap;
  readonly world: World;
  close(): Promise<void>;
}

export const startOpenStack = async (guests: GuestHost, port = 0): Promise<SimulatedOpenStack> => {
  const world = new World(guests);
  const routes: Routes = {
    ...keystoneRoutes(world),
    ...novaRoutes(world),
    ...neutronRoutes(world),
    ...glanceRoutes(world),
    ...cinderRoutes(world),
  };
  const missing = json(404, {
    message: 'The resource could not be found.<br /><br />',
    code: '404 Not Found',
  });
  const tap = new Tap({
    actionOf: actionOf(routes),
    refuse,
    handle: async request =>
      serviceOf(request) === 'identity' || world.tokens.has(request.headers['x-auth-token'] ?? '')
        ? handleRest(routes, request, missing)
        : unauthorized(),
  });
  const server = await serve(tap.handler, { port });
  return {
    url: `${server.url}/identity`,
    tap,
    world,
    close: async () => {
      await world.close();
      await server.close();
      await guests.close();
    },
  };
};

const serviceOf = ({ url }: SimRequest): string => url.pathname.split('/')[1] ?? '';

/** Each service refuses in its own words. */
const refuse = (effect: Effect, request: SimRequest, fault: Fault): SimAnswer => {
  const service = serviceOf(request);
  const again = { 'retry-after': String(fault.retryAfter ?? 1) };
  if (effect === 'credentials') return unauthorized();
  if (service === 'identity') return keystoneRefusal(500, 'Internal Server Error', `simulated ${effect}`);
  if (service === 'networking') return neutronEffect(effect, again);
  if (service === 'image') return glanceEffect(effect, again);
  return novaEffect(effect, service === 'volume', again);
};

type Headers = Readonly<Record<string, string>>;

const neutronEffect = (effect: Effect, again: Headers): SimAnswer => {
  if (effect === 'throttle') return neutronRefusal(429, 'TooManyRequests', 'slow down', again);
  if (effect === 'quota') return neutronRefusal(409, 'OverQuota', "Quota exceeded for resources: ['port'].");
  if (effect === 'permission')
    return neutronRefusal(403, 'PolicyNotAuthorized', '(rule) is disallowed by policy');
  return neutronRefusal(500, 'HTTPInternalServerError', 'Request Failed: internal server error');
};

const glanceEffect = (effect: Effect, again: Headers): SimAnswer => {
  // Proxies before it throttle, and say nothing.
  if (effect === 'throttle') return { status: 429, headers: again };
  if (effect === 'quota')
    return glanceRefusal(413, 'Request Entity Too Large', 'Denying attempt to upload image: over the quota');
  // As older ones answer.
  if (effect === 'permission')
    return {
      status: 403,
      headers: { 'content-type': 'text/html' },
      body: '<html>\n <head>\n  <title>403 Forbidden</title>\n </head>\n <body>\n  <h1>403 Forbidden</h1>\n  You are not authorized.<br /><br />\n </body>\n</html>',
    };
  return glanceRefusal(500, 'Internal Server Error', 'something went wrong');
};

const novaEffect = (effect: Effect, volume: boolean, again: Headers): SimAnswer => {
  if (effect === 'throttle') return novaRefusal(429, 'overLimit', 'This request was rate-limited.', again);
  if (effect === 'quota')
    return volume
      ? cinderRefusal(
          413,
          'overLimit',
          "Maximum number of volumes allowed (10) exceeded for quota 'volumes'.",
        )
      : novaRefusal(
          403,
          'forbidden',
          'Quota exceeded for cores: Requested 1, but already used 20 of 20 cores',
        );
  if (effect === 'permission')
    return novaRefusal(403, 'forbidden', "Policy doesn't allow this to be performed.");
  return novaRefusal(500, 'computeFault', 'Unexpected API Error.');
};
