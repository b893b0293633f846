import { expect, it } from 'vitest';
import { faultCodes, readFault } from '../../../../platforms/gce/faults.ts';
import { judgeFault } from '../../../../src/cloud/fault.ts';

const body = (reason: string): string =>
  JSON.stringify({ error: { code: 403, message: 'no', errors: [{ message: 'no', reason }] } });

const gax = (facts: object, message = 'no', cause?: Error): Error =>
  Object.assign(new Error(message, cause === undefined ? undefined : { cause }), facts);

it.each<[string, Error, string]>([
  [
    'a reason in the cause',
    gax({ code: 7, httpStatusCode: 403 }, 'no', new Error(body('rateLimitExceeded'))),
    'throttled',
  ],
  ['ErrorInfo', gax({ code: 7, httpStatusCode: 403, reason: 'RATE_LIMIT_EXCEEDED' }), 'throttled'],
  ['a 403 with nothing else', gax({ code: 7, httpStatusCode: 403 }), 'permission'],
  ['quota', gax({ code: 7, httpStatusCode: 403 }, "Quota 'CPUS' exceeded.  Limit: 24.0"), 'quota'],
  ['the name is taken', gax({ code: 10, httpStatusCode: 409 }, "The resource 'x' already exists"), 'exists'],
  ['in use', gax({ code: 3, httpStatusCode: 400 }, "'x' is already being used by 'y'"), 'busy'],
  ['not there', gax({ code: 5, httpStatusCode: 404 }), 'not-found'],
  ['a server in trouble', gax({ code: 14, httpStatusCode: 503 }), 'transient'],
  ['a cut connection', gax({ code: 14 }, 'request to http://x failed, reason: socket hang up'), 'network'],
  ['a web page', gax({ code: 14 }, 'Unexpected token \'<\', "<!DOCTYPE " is not valid JSON'), 'not-api'],
  ['storage', gax({ code: 403, errors: [{ reason: 'forbidden' }] }), 'permission'],
  ['no credentials', gax({}, 'Could not load the default credentials.'), 'credentials'],
  ['refused', gax({ code: 'ECONNREFUSED' }, 'connect ECONNREFUSED 127.0.0.1:1'), 'network'],
])('%s', (_name, error, kind) => {
  expect(judgeFault(readFault(error), faultCodes).kind).toBe(kind);
});

it('reads how long to wait', () => {
  const headers = new Headers({ 'retry-after': '3' });
  expect(readFault(gax({ response: { status: 429, headers } }))).toMatchObject({
    status: 429,
    retryAfter: 3000,
  });
  expect(readFault(gax({ response: { headers: { 'retry-after': '2' } } })).retryAfter).toBe(2000);
});
