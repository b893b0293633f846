import { type Effect, type Fault, Tap, waitOf } from '../faults.ts';
import { json } from '../rest.ts';
import { type SimAnswer, type SimRequest, serve } from '../server.ts';
import type { Hardware } from './hardware.ts';
import { actionOf, Metal, project } from './metal.ts';
import { startSos } from './sos.ts';

/** What the simulator takes for valid credentials; put it into the environment. */
export const simulatedCredentials = {
  METAL_AUTH_TOKEN: 'simulated-metal-token-that-must-appear-nowhere',
  METAL_PROJECT_ID: project,
} as const;

/** A project of Equinix Metal: API and console server. */
export interface SimulatedMetal {
  /** For `--equinixmetal-endpoint`. */
  readonly url: string;
  /** For `--equinixmetal-sos`. */
  readonly sos: string;
  readonly tap: Tap;
  readonly metal: Metal;
  close(): Promise<void>;
}

export const startMetal = async (hardware: Hardware, port = 0): Promise<SimulatedMetal> => {
  const metal = new Metal(hardware);
  const tap = new Tap({
    actionOf,
    refuse,
    handle: async request =>
      request.headers['x-auth-token'] === simulatedCredentials.METAL_AUTH_TOKEN
        ? metal.handle(request)
        : refuse('credentials', request, { on: '', effect: 'credentials' }),
  });
  const server = await serve(tap.handler, { port });
  const sos = await startSos(id => metal.sosDevice(id));
  return {
    url: server.url,
    sos: sos.place,
    tap,
    metal,
    close: async () => {
      await server.close();
      await sos.close();
      await hardware.close();
    },
  };
};

const words: Readonly<Partial<Record<Effect, readonly [status: number, message: string]>>> = {
  throttle: [429, 'Too many requests'],
  capacity: [422, 'The metro sv has no provisionable c3.small.x86 servers matching your criteria.'],
  quota: [422, 'You have reached the maximum number of devices for this project'],
  credentials: [401, 'Invalid authentication token'],
  permission: [403, 'You are not authorized to view or manage this resource'],
};

const refuse = (effect: Effect, _request: SimRequest, fault: Fault): SimAnswer => {
  const [status, message] = words[effect] ?? [500, 'Oh snap, something went wrong!'];
  return json(status, { errors: [message] }, waitOf(fault));
};
