import { retryAfterOf } from '../../src/cloud/calls.ts';
import type { FaultCodes, RawFault } from '../../src/cloud/fault.ts';

/** The API has sentences and no codes; the words are made here, by what the sentences say. */
export const faultCodes: FaultCodes = {
  NoCapacity: 'capacity',
  QuotaExceeded: 'quota',
  DeviceBusy: 'busy',
};

const sentences: readonly (readonly [RegExp, string])[] = [
  [/no (provisionable|available) |no capacity|out of stock|insufficient capacity/i, 'NoCapacity'],
  [/quota|reached the maximum|maximum number of|limit exceeded/i, 'QuotaExceeded'],
  [/(cannot|can't|could not) .*while|is (currently )?(provisioning|deprovisioning)/i, 'DeviceBusy'],
];

/** An answer that is no success. */
export class MetalRefusal extends Error {
  override name = 'MetalRefusal';
  readonly status: number;
  readonly retryAfter: number | undefined;
  constructor(status: number, message: string, retryAfter: string | null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfterOf(retryAfter, Date.now());
  }
}

export const readFault = (error: unknown): RawFault => {
  if (error instanceof MetalRefusal) {
    const { message, status, retryAfter } = error;
    const code = status === 422 || status === 503 ? codeOf(message) : undefined;
    return {
      message,
      status,
      ...(code === undefined ? {} : { code }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  // fetch() says "fetch failed"; the reason is its cause.
  const inner = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.name;
  const message = inner.message === '' ? error.message : inner.message;
  return error instanceof TypeError && error.message === 'fetch failed'
    ? { message: `fetch failed: ${message}`, code }
    : { message, code };
};

export const codeOf = (message: string): string | undefined =>
  sentences.find(([pattern]) => pattern.test(message))?.[1];
