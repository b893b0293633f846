import { expect, it } from 'vitest';
import { faultCodes, readFault } from '../../../../platforms/azure/faults.ts';
import { judgeFault } from '../../../../src/cloud/fault.ts';

const rest = (facts: object, message = 'no'): Error => Object.assign(new Error(message), facts);

it.each<[string, Error, string]>([
  ['throttling', rest({ code: 'TooManyRequests', statusCode: 429 }), 'throttled'],
  ['no room', rest({ code: 'SkuNotAvailable', statusCode: 409 }), 'capacity'],
  ['quota', rest({ code: 'OperationNotAllowed', statusCode: 409 }), 'quota'],
  [
    'no room, found by an operation',
    rest({}, 'The long-running operation has failed. AllocationFailed. simulated'),
    'capacity',
  ],
  ['not there', rest({ code: 'ResourceGroupNotFound', statusCode: 404 }), 'not-found'],
  ['a server in trouble', rest({ code: 'Whatever', statusCode: 500 }), 'transient'],
  ['no credentials', rest({ name: 'CredentialUnavailableError' }), 'credentials'],
  ['a cut connection', rest({ code: 'ECONNRESET' }, 'read ECONNRESET'), 'network'],
])('%s', (_name, error, kind) => {
  expect(judgeFault(readFault(error), faultCodes).kind).toBe(kind);
});
