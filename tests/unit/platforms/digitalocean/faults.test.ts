import { expect, it } from 'vitest';
import { faultCodes, readFault } from '../../../../platforms/digitalocean/faults.ts';
import { judgeFault } from '../../../../src/cloud/fault.ts';
import { HttpFault } from '../../../../src/cloud/http.ts';

it.each([
  [422, 'unprocessable_entity', 'creating this/these droplet(s) will exceed your droplet limit', 'quota'],
  [422, 'unprocessable_entity', 'Size is not available in this region.', 'capacity'],
  [422, 'unprocessable_entity', 'Something went wrong, please try again', 'transient'],
  [422, 'unprocessable_entity', 'SSH Key is already in use on your account', 'exists'],
  [422, 'unprocessable_entity', 'Name can only contain letters', 'invalid'],
  [429, 'too_many_requests', 'API Rate limit exceeded.', 'throttled'],
  [401, 'Unauthorized', 'Unable to authenticate you', 'credentials'],
  [503, 'something_new', 'gone fishing', 'transient'],
] as const)('%i %s "%s" is %s', (status, id, message, kind) => {
  const fault = readFault(new HttpFault('', { status, body: { id, message } }));
  expect(judgeFault(fault, faultCodes)).toMatchObject({ kind, message });
});

it('reads the errors of digitalocean-js alike, with Retry-After', () => {
  const data = { id: 'too_many_requests', message: 'slow down' };
  const error = Object.assign(new Error('Request failed with status code 429'), {
    response: { status: 429, data, headers: { 'retry-after': '7' } },
  });
  expect(readFault(error)).toEqual({
    message: 'slow down',
    code: 'too_many_requests',
    status: 429,
    retryAfter: 7000,
  });
});
