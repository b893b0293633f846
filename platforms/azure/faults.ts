import { retryAfterOf } from '../../src/cloud/calls.ts';
import type { FaultCodes, RawFault } from '../../src/cloud/fault.ts';

/** Error codes of the Resource Manager and of its compute and network providers. */
export const faultCodes: FaultCodes = {
  TooManyRequests: 'throttled',
  OperationNotAllowedThrottled: 'throttled',
  ServerBusy: 'throttled',
  SkuNotAvailable: 'capacity',
  AllocationFailed: 'capacity',
  ZonalAllocationFailed: 'capacity',
  OverconstrainedAllocationRequest: 'capacity',
  OverconstrainedZonalAllocationRequest: 'capacity',
  QuotaExceeded: 'quota',
  // Both of the next are what a full quota of cores is called.
  OperationNotAllowed: 'quota',
  ResourceQuotaExceeded: 'quota',
  PublicIPCountLimitReached: 'quota',
  AuthenticationFailed: 'credentials',
  InvalidAuthenticationToken: 'credentials',
  InvalidAuthenticationTokenTenant: 'credentials',
  ExpiredAuthenticationToken: 'credentials',
  CredentialUnavailableError: 'credentials',
  AuthenticationError: 'credentials',
  AggregateAuthenticationError: 'credentials',
  AuthenticationRequiredError: 'credentials',
  AuthorizationFailed: 'permission',
  LinkedAuthorizationFailed: 'permission',
  ResourceNotFound: 'not-found',
  ResourceGroupNotFound: 'not-found',
  ParentResourceNotFound: 'not-found',
  NotFound: 'not-found',
  ResourceGroupBeingDeleted: 'busy',
  AnotherOperationInProgress: 'busy',
  RetryableError: 'transient',
  InternalServerError: 'transient',
  InternalExecutionError: 'transient',
};

/** What the SDK adds to its errors. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

export const readFault = (error: unknown): RawFault => {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, statusCode, response, name, message }: SdkError = error;
  const status = typeof statusCode === 'number' ? statusCode : undefined;
  const said = wordIn(code) ?? wordIn(name) ?? wordInText(message);
  const retryAfter = retryAfterOf(response?.headers?.get('retry-after'), Date.now());
  const other = typeof code === 'string' ? code : undefined;
  const word = said ?? other;
  return {
    message: message === '' ? (word ?? name) : message,
    ...(word === undefined ? {} : { code: word }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
};

const wordIn = (value: unknown): string | undefined =>
  typeof value === 'string' && Object.hasOwn(faultCodes, value) ? value : undefined;

/** Long-running operations that failed have the code in their text only. */
const wordInText = (text: string): string | undefined =>
  /long-running operation/i.test(text)
    ? Object.keys(faultCodes).find(code => new RegExp(`\\b${code}\\b`).test(text))
    : undefined;
