import {
  CapacityError,
  type KolaError,
  NetworkError,
  ProvisioningError,
  UsageError,
} from '../core/errors.ts';

/**
 * What a cloud meant by an error.
 * `busy` something else still needs it, or an operation is going on · `exists` the name is taken · `not-api` a proxy
 * or a wrong endpoint answered · `transient` a 5xx · `network` no answer came, so nobody knows what was done.
 */
export type FaultKind =
  | 'throttled'
  | 'capacity'
  | 'quota'
  | 'credentials'
  | 'permission'
  | 'not-found'
  | 'exists'
  | 'busy'
  | 'invalid'
  | 'not-api'
  | 'transient'
  | 'network';

/** An error of an SDK or an HTTP client, taken apart by the adapter. */
export interface RawFault {
  readonly message: string;
  /** The vendor's own word: `RequestLimitExceeded`. */
  readonly code?: string;
  /** HTTP status of the answer; absent when there was none. */
  readonly status?: number;
  /** Milliseconds, from Retry-After and its relatives. */
  readonly retryAfter?: number;
}

export interface CloudFault extends RawFault {
  readonly kind: FaultKind;
}

/** Vendor codes; matched in full, or as a prefix when the key ends in `*`. */
export type FaultCodes = Readonly<Record<string, FaultKind>>;

const byStatus: Readonly<Record<number, FaultKind>> = {
  401: 'credentials',
  403: 'permission',
  404: 'not-found',
  408: 'transient',
  409: 'busy',
  410: 'not-found',
  429: 'throttled',
};

const noAnswer =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|UND_ERR|TimeoutError|socket hang up|fetch failed|NetworkingError/;

/** An XML or JSON parser that was given a web page. */
const webPage =
  /<!doctype html|<html|unexpected token '?<|mismatched tags?|is not valid JSON|unclosed|Deserialization error/i;

/** Decides what an error means: by the vendor's code, then by what kind of answer it was, then by its status. */
export const judgeFault = (raw: RawFault, codes: FaultCodes): CloudFault => ({
  ...raw,
  kind: byCode(raw.code, codes) ?? byAnswer(raw),
});

const byCode = (code: string | undefined, codes: FaultCodes): FaultKind | undefined => {
  if (code === undefined) return undefined;
  if (Object.hasOwn(codes, code)) return codes[code];
  const prefix = Object.keys(codes).find(key => key.endsWith('*') && code.startsWith(key.slice(0, -1)));
  return prefix === undefined ? undefined : codes[prefix];
};

const byAnswer = ({ message, code, status }: RawFault): FaultKind => {
  if (status === undefined) return noAnswer.test(`${code} ${message}`) ? 'network' : 'invalid';
  if (status >= 500) return 'transient';
  if (webPage.test(message)) return 'not-api';
  return byStatus[status] ?? (status < 300 ? 'not-api' : 'invalid');
};

/** Worth another try as it is: nothing was done, or doing it twice with the same token does it once. */
export const isPassing = (kind: FaultKind): boolean =>
  kind === 'throttled' || kind === 'transient' || kind === 'network';

/** The cloud said no: nothing was created. After the other kinds nobody knows. */
export const isRefusal = (kind: FaultKind): boolean =>
  kind !== 'transient' && kind !== 'network' && kind !== 'not-api' && kind !== 'busy';

/** Says what an adapter's error means, for those who have to decide by it. */
export class CloudCallError extends Error {
  override name = 'CloudCallError';
  readonly fault: CloudFault;
  constructor(fault: CloudFault, cause: unknown) {
    super(fault.message, { cause });
    this.fault = fault;
  }
}

/** The fault behind an error that {@link ApiCalls} threw. */
export const faultOf = (error: unknown): CloudFault | undefined => {
  if (error instanceof CloudCallError) return error.fault;
  return error instanceof Error && error.cause !== undefined ? faultOf(error.cause) : undefined;
};

export interface FaultPlace {
  /** `aws`. */
  readonly platform: string;
  /** The call: `ec2 RunInstances`. */
  readonly action: string;
  /** What to set when credentials are missing. */
  readonly credentialsHint: string;
  readonly endpoint?: string;
}

/** The error of an adapter, with the cause that decides retry and verdict. */
export const faultError = (fault: CloudFault, place: FaultPlace, cause: unknown): KolaError => {
  const { platform, action, endpoint, credentialsHint } = place;
  const said = firstLine(fault.message);
  const code = fault.code === undefined ? '' : `${fault.code}: `;
  const line = `${platform} refused ${action}: ${code}${said}`;
  const options = { cause: new CloudCallError(fault, cause) };
  switch (fault.kind) {
    case 'capacity':
    case 'quota':
      return new CapacityError(`cloud-${fault.kind}`, line, {
        ...options,
        hint:
          fault.kind === 'quota'
            ? 'wait for other runs, run fewer machines (-j), or have the quota raised'
            : 'give several types or zones, or try again later',
      });
    case 'credentials':
      return new UsageError('cloud-credentials', line, { ...options, hint: credentialsHint });
    case 'permission':
      return new UsageError('cloud-permission', line, {
        ...options,
        hint: `the credentials in use may not call ${action}`,
      });
    case 'not-api':
      return new UsageError(
        'cloud-endpoint',
        `${endpoint ?? platform} does not answer as the API of ${platform} does (${action}): ${said}`,
        { ...options, hint: `is ${endpoint ?? 'a proxy'} the right address?` },
      );
    case 'network':
      return new NetworkError(
        'cloud-network',
        `no answer from ${platform} to ${action}: ${code}${said}`,
        options,
      );
    default:
      return new ProvisioningError(`cloud-${fault.kind}`, line, options);
  }
};

const firstLine = (text: string): string =>
  (text.split('\n').find(line => line.trim() !== '') ?? text).trim();
