import { retryAfterOf } from '../../src/cloud/calls.ts';
import type { FaultCodes, RawFault } from '../../src/cloud/fault.ts';
import { HttpFault, readHttpFault } from '../../src/cloud/http.ts';

/**
 * The API has a dozen ids, and says with one of them (`unprocessable_entity`) things as different as "no room", "over
 * the limit" and "try again": those get codes of their own, from the sentence.
 */
export const faultCodes: FaultCodes = {
  Unauthorized: 'credentials',
  unauthorized: 'credentials',
  forbidden: 'permission',
  not_found: 'not-found',
  too_many_requests: 'throttled',
  server_error: 'transient',
  service_unavailable: 'transient',
  conflict: 'busy',
  'kola-limit': 'quota',
  'kola-no-room': 'capacity',
  'kola-again': 'transient',
  'kola-taken': 'exists',
  unprocessable_entity: 'invalid',
  // Spaces.
  InvalidAccessKeyId: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  CredentialsProviderError: 'credentials',
  AccessDenied: 'permission',
  SlowDown: 'throttled',
  NoSuchKey: 'not-found',
  NotFound: 'not-found',
};

const sentences: readonly (readonly [RegExp, string])[] = [
  [/exceed your .*limit|limit.*(reached|exceeded)/i, 'kola-limit'],
  [/not available in|currently unavailable|no longer available|at capacity/i, 'kola-no-room'],
  [/try again|temporarily/i, 'kola-again'],
  [/already in use|already exists/i, 'kola-taken'],
];

const wordOf = (body: unknown, status: number): { code?: string; message?: string } => {
  if (typeof body !== 'object' || body === null) return {};
  const id = 'id' in body && typeof body.id === 'string' ? body.id : undefined;
  const message = 'message' in body && typeof body.message === 'string' ? body.message : '';
  const better = status === 422 ? sentences.find(([pattern]) => pattern.test(message))?.[1] : undefined;
  const code = better ?? id;
  return {
    ...(code === undefined ? {} : { code }),
    ...(message === '' ? {} : { message }),
  };
};

const readAnswered = readHttpFault(wordOf);

/** What axios, under digitalocean-js, and the S3 client add to their errors. */
interface ClientError extends Error {
  readonly code?: unknown;
  readonly response?: {
    readonly status: number;
    readonly data: unknown;
    readonly headers: Readonly<Record<string, unknown>>;
  };
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const readFault = (error: unknown): RawFault => {
  if (error instanceof HttpFault || !(error instanceof Error)) return readAnswered(error);
  const { response, code, message, name, $metadata }: ClientError = error;
  if (response !== undefined) {
    const { status, data, headers } = response;
    const retryAfter = retryAfterOf(String(headers['retry-after'] ?? ''), Date.now());
    return readAnswered(
      new HttpFault(message, { status, body: data, ...(retryAfter === undefined ? {} : { retryAfter }) }),
    );
  }
  const status = $metadata?.httpStatusCode;
  const word = typeof code === 'string' ? code : name;
  return {
    message: message === '' ? word : message,
    ...(word === 'Error' ? {} : { code: word }),
    ...(status === undefined ? {} : { status }),
  };
};
