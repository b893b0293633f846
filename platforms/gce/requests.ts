import { createHash } from 'node:crypto';
import type { CallOptions } from '../../src/cloud/calls.ts';
import { faultError, judgeFault } from '../../src/cloud/fault.ts';
import { lastPart, type Operation } from './api.ts';
import { credentialsHint, type GceCloud, type Service } from './connect.ts';
import { faultCodes } from './faults.ts';

/** No retries of the SDK's: they are ours. Milliseconds: the SDK cannot give a request up before. */
const callOptions = { retry: { retryCodes: [], backoffSettings: {} }, timeout: 30_000 };

/** Makes one call of Compute Engine: `compute<Image>(cloud, 'images', 'get', { image })`. */
export const compute = async <T>(
  cloud: GceCloud,
  service: Service,
  method: string,
  request: object,
  signal: AbortSignal,
  options: CallOptions = {},
): Promise<T> => {
  const action = `compute ${service}.${method}`;
  const answer = await cloud.calls.call(
    action,
    signal,
    own => obey(send(cloud, service, method, request), own),
    options,
  );
  const [first] = answer;
  // Calls that begin an operation wrap it. What an answer looks like is the vendor's word, and checked by the tests.
  return (isWrapped(first) ? first.latestResponse : first) as T;
};

const send = async (
  { client, project }: GceCloud,
  service: Service,
  method: string,
  request: object,
): Promise<readonly unknown[]> => {
  const own = client(service);
  const answer = await own[method]?.call(own, { project, ...request }, callOptions);
  return Array.isArray(answer) ? answer : [];
};

const isWrapped = (value: unknown): value is { readonly latestResponse: unknown } =>
  typeof value === 'object' && value !== null && 'latestResponse' in value;

/** The SDK takes no signal: the caller goes on, the answer is thrown away. */
export const obey = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
};

const pageSize = 200;

/** All pages of a list. */
export const listAll = async <T>(
  cloud: GceCloud,
  service: Service,
  request: object,
  signal: AbortSignal,
): Promise<readonly T[]> => {
  const items: T[] = [];
  let pageToken: string | undefined;
  do {
    const asked = {
      project: cloud.project,
      maxResults: pageSize,
      ...request,
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const client = cloud.client(service);
    const page = await cloud.calls.call(`compute ${service}.list`, signal, own =>
      obey(Promise.resolve(client.list?.(asked, { ...callOptions, autoPaginate: false })), own),
    );
    const [found = [], next] = page as readonly [(readonly T[])?, { readonly pageToken?: string }?];
    items.push(...found);
    pageToken = next?.pageToken === '' ? undefined : next?.pageToken;
  } while (pageToken !== undefined);
  return items;
};

/** Everything of a kind in all zones; `part` is the name of the list in a zone's answer. */
export const listZones = async <T>(
  cloud: GceCloud,
  service: 'instances' | 'disks',
  request: object,
  signal: AbortSignal,
): Promise<readonly T[]> => {
  const asked = { project: cloud.project, ...request };
  const client = cloud.client(service);
  return cloud.calls.call(`compute ${service}.aggregatedList`, signal, own =>
    obey(collect<T>(client.aggregatedListAsync?.(asked, callOptions), service), own),
  );
};

const collect = async <T>(zones: unknown, part: string): Promise<readonly T[]> => {
  const items: T[] = [];
  for await (const [, zone] of zones as AsyncIterable<
    readonly [string, Readonly<Record<string, readonly T[]>>]
  >)
    items.push(...(zone[part] ?? []));
  return items;
};

/** Milliseconds between two looks at an operation. */
const lookEvery = 2000;

/** Waits for the end of an operation; what failed there is thrown as if the call itself had failed. */
export const finish = async (
  cloud: GceCloud,
  action: string,
  begun: Operation,
  signal: AbortSignal,
  until = 10 * 60_000,
): Promise<void> => {
  const name = begun.name ?? '';
  const zone = lastPart(begun.zone);
  const ended = await cloud.calls.eventually(
    `operation ${name} of ${action} to end`,
    { every: lookEvery, until },
    signal,
    async () => {
      const now =
        begun.status === 'DONE'
          ? begun
          : zone === ''
            ? await compute<Operation>(cloud, 'globalOperations', 'get', { operation: name }, signal)
            : await compute<Operation>(cloud, 'zoneOperations', 'get', { operation: name, zone }, signal);
      return now.status === 'DONE' ? { done: now } : { pending: String(now.status) };
    },
  );
  const [error] = ended.error?.errors ?? [];
  if (error === undefined) return;
  const fault = judgeFault(
    { message: error.message ?? 'no reason given', status: 400, ...(error.code ? { code: error.code } : {}) },
    faultCodes,
  );
  throw faultError(fault, { platform: 'gce', action, credentialsHint }, new Error(fault.message));
};

/** The token that makes a repeated create the same create: a UUID out of the name in the ledger. */
export const requestId = (name: string): string => {
  const hex = createHash('sha256').update(name).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
