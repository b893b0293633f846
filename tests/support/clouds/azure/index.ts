import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../../src/services/http/authority.ts';
import { type Effect, type Fault, Tap, waitOf } from '../faults.ts';
import type { GuestHost } from '../guests.ts';
import { Refusal } from '../refusal.ts';
import { json } from '../rest.ts';
import { type SimAnswer, type SimRequest, serve } from '../server.ts';
import { Arm } from './arm.ts';
import { trafficCheck } from './check.ts';
import { subscription } from './state.ts';

/** What the simulator takes for valid credentials; put it into the environment. */
export const simulatedCredentials = {
  AZURE_ACCESS_TOKEN: 'eyJ-simulated-token-that-must-not-appear-anywhere',
  AZURE_SUBSCRIPTION_ID: subscription,
} as const;

/** A subscription of Azure: the Resource Manager over https, with an authority of its own, and a store for blobs. */
export interface SimulatedAzure {
  readonly url: string;
  /** PEM file of the authority, for `--azure-ca-file`. */
  readonly caFile: string;
  readonly tap: Tap;
  readonly arm: Arm;
  close(): Promise<void>;
}

export const startAzure = async (guests: GuestHost, port = 0): Promise<SimulatedAzure> => {
  const arm = new Arm(guests);
  const check = trafficCheck();
  const tap = new Tap({
    actionOf,
    refuse,
    ...(check === undefined ? {} : { check }),
    handle: async request => {
      const blob = request.url.pathname.startsWith('/blob/');
      if (!blob && request.headers.authorization !== `Bearer ${simulatedCredentials.AZURE_ACCESS_TOKEN}`)
        return refuse('credentials', request);
      try {
        return blob ? await arm.handleBlob(request) : await arm.handle(request);
      } catch (error) {
        if (error instanceof Refusal) return refusal(error);
        throw error;
      }
    },
  });
  const authority = await Authority.create(Date.now());
  const server = await serve(tap.handler, { port, tls: await authority.issue(['127.0.0.1']) });
  const blobs = await serve(tap.handler);
  arm.blobs = blobs.url;
  const folder = mkdtempSync(join(tmpdir(), 'kola-azure-ca-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  return {
    url: server.url,
    caFile,
    tap,
    arm,
    close: async () => {
      await Promise.all([server.close(), blobs.close()]);
      await guests.close();
      arm.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  PUT: 'createOrUpdate',
  PATCH: 'update',
  DELETE: 'delete',
};

/** `compute virtualMachines.createOrUpdate`. */
const actionOf = ({ url, method }: SimRequest): string => {
  const { pathname } = url;
  if (pathname.startsWith('/blob/')) return method === 'PUT' ? 'blob PutPage' : 'blob Get';
  if (pathname.includes('/operations/')) return 'arm operations.get';
  const [, provider, rest = ''] = /\/providers\/Microsoft\.(\w+)\/(.+)$/.exec(pathname) ?? [];
  if (provider === undefined) {
    const list = /resourcegroups$/i.test(pathname);
    return `arm resourceGroups.${list ? 'list' : (verbs[method] ?? method)}`;
  }
  const parts = rest.split('/');
  const types = parts.filter((_part, index) => index % 2 === 0);
  const last = method === 'POST' ? types.pop() : undefined;
  const type = types.join('/');
  return `${provider.toLowerCase()} ${type}.${last ?? verbs[method] ?? method}`;
};

const words: Readonly<Partial<Record<Effect, readonly [status: number, code: string]>>> = {
  throttle: [429, 'TooManyRequests'],
  capacity: [409, 'SkuNotAvailable'],
  quota: [409, 'OperationNotAllowed'],
  credentials: [401, 'InvalidAuthenticationToken'],
  permission: [403, 'AuthorizationFailed'],
};

const refuse = (effect: Effect, _request: SimRequest, fault?: Fault): SimAnswer => {
  const [status, code] = words[effect] ?? [500, 'InternalServerError'];
  return refusal({ status, code, message: `simulated ${effect}` }, waitOf(fault));
};

const refusal = (
  { status, code, message }: Pick<Refusal, 'status' | 'code' | 'message'>,
  headers: Readonly<Record<string, string>> = {},
): SimAnswer => json(status, { error: { code, message } }, headers);
