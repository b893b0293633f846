import { retryAfterOf } from '../../src/cloud/calls.ts';
import type { FaultCodes, RawFault } from '../../src/cloud/fault.ts';

/** Reasons of Compute Engine and Cloud Storage, and codes of failed operations, as their references list them. */
export const faultCodes: FaultCodes = {
  rateLimitExceeded: 'throttled',
  userRateLimitExceeded: 'throttled',
  RATE_LIMIT_EXCEEDED: 'throttled',
  RESOURCE_OPERATION_RATE_EXCEEDED: 'throttled',
  ZONE_RESOURCE_POOL_EXHAUSTED: 'capacity',
  ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: 'capacity',
  RESOURCE_POOL_EXHAUSTED: 'capacity',
  STOCKOUT: 'capacity',
  UNSUPPORTED_OPERATION: 'invalid',
  quotaExceeded: 'quota',
  QUOTA_EXCEEDED: 'quota',
  limitExceeded: 'quota',
  authError: 'credentials',
  required: 'credentials',
  ACCESS_TOKEN_EXPIRED: 'credentials',
  CREDENTIALS_MISSING: 'credentials',
  NO_CREDENTIALS: 'credentials',
  invalid_grant: 'credentials',
  invalid_client: 'credentials',
  forbidden: 'permission',
  accessNotConfigured: 'permission',
  IAM_PERMISSION_DENIED: 'permission',
  SERVICE_DISABLED: 'permission',
  PERMISSIONS_ERROR: 'permission',
  notFound: 'not-found',
  RESOURCE_NOT_FOUND: 'not-found',
  alreadyExists: 'exists',
  RESOURCE_ALREADY_EXISTS: 'exists',
  conflict: 'exists',
  resourceInUseByAnotherResource: 'busy',
  RESOURCE_IN_USE_BY_ANOTHER_RESOURCE: 'busy',
  RESOURCE_NOT_READY: 'busy',
  resourceNotReady: 'busy',
  conditionNotMet: 'busy',
  INTERNAL_ERROR: 'transient',
  backendError: 'transient',
};

/** What is said without a reason in the answer, as the SDK passes it on. */
const byMessage: readonly (readonly [RegExp, string])[] = [
  [/could not load the default credentials|unable to detect a project id/i, 'NO_CREDENTIALS'],
  [/ENOENT.*key|does not (exist|contain).*(client_email|private_key)/i, 'NO_CREDENTIALS'],
  [/invalid_grant|invalid_client/i, 'invalid_grant'],
  [/rate limit exceeded|quota exceeded for quota metric/i, 'rateLimitExceeded'],
  [/^quota '.*' exceeded/i, 'quotaExceeded'],
  [/already being used by|is not ready/i, 'resourceInUseByAnotherResource'],
  [/\balready exists\b/i, 'alreadyExists'],
];

/** The shapes in which errors arrive: of gax, of gaxios behind it, and of the storage client. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly httpStatusCode?: unknown;
  readonly errors?: unknown;
  readonly response?: {
    readonly status?: unknown;
    readonly statusCode?: unknown;
    readonly headers?: unknown;
  };
}

export const readFault = (error: unknown): RawFault => {
  if (!(error instanceof Error)) return { message: String(error) };
  const chain = causes(error);
  const code = chain.map(reasonOf).find(found => found !== undefined) ?? said(error.message);
  const status = chain.map(statusOf).find(found => found !== undefined);
  const retryAfter = chain.map(waitOf).find(found => found !== undefined);
  return {
    message: error.message === '' ? (code ?? error.name) : error.message,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
};

const causes = (error: Error): readonly SdkError[] =>
  error.cause instanceof Error ? [error, ...causes(error.cause)] : [error];

const reasonOf = (error: SdkError): string | undefined => {
  if (typeof error.reason === 'string') return error.reason;
  const listed = firstReason(error.errors) ?? firstReason(inside(error.message));
  // Numbers are statuses, of HTTP or of gRPC; words are errors of the operating system.
  const word = typeof error.code === 'string' && /^[A-Z_a-z]+$/.test(error.code) ? error.code : undefined;
  return listed ?? word;
};

const firstReason = (errors: unknown): string | undefined => {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const reason = typeof first === 'object' && first !== null && 'reason' in first ? first.reason : undefined;
  return typeof reason === 'string' && reason !== '' ? reason : undefined;
};

/** gaxios has the body of the answer for its message. */
const inside = (message: string): unknown => {
  if (!message.startsWith('{')) return undefined;
  try {
    const body: { readonly error?: { readonly errors?: unknown } } = JSON.parse(message);
    return body.error?.errors;
  } catch {
    return undefined;
  }
};

const said = (message: string): string | undefined =>
  byMessage.find(([pattern]) => pattern.test(message))?.[1];

const isStatus = (value: unknown): value is number =>
  typeof value === 'number' && value >= 100 && value < 600;

const statusOf = ({ httpStatusCode, response, code, message }: SdkError): number | undefined => {
  const found = [httpStatusCode, response?.status, response?.statusCode, code].find(isStatus);
  // A web page with status 200 fails in the JSON parser, and nothing is left of its status.
  return found ?? (/is not valid JSON|unexpected token '?</i.test(message) ? 200 : undefined);
};

const waitOf = ({ response }: SdkError): number | undefined => {
  const { headers } = response ?? {};
  const text =
    headers instanceof Headers
      ? headers.get('retry-after')
      : typeof headers === 'object' && headers !== null && 'retry-after' in headers
        ? String(headers['retry-after'])
        : undefined;
  return retryAfterOf(text, Date.now());
};
