import { expect, it } from 'vitest';
import { faultCodes, readFault } from '../../../../platforms/openstack/faults.ts';
import { judgeFault } from '../../../../src/cloud/fault.ts';
import { HttpFault } from '../../../../src/cloud/http.ts';

const neutron = (type: string, message: string): object => ({ NeutronError: { type, message, detail: '' } });
const nova = (name: string, message: string): object => ({ [name]: { code: 0, message } });
const page = (title: string, text: string): string =>
  `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${text}<br /><br />\n </body>\n</html>`;

it.each([
  [
    401,
    { error: { code: 401, title: 'Unauthorized', message: 'authenticate' } },
    'credentials',
    'authenticate',
  ],
  [
    403,
    nova('forbidden', 'Quota exceeded for cores: Requested 2'),
    'quota',
    'Quota exceeded for cores: Requested 2',
  ],
  [403, nova('forbidden', "Policy doesn't allow it"), 'permission', "Policy doesn't allow it"],
  [
    404,
    nova('itemNotFound', 'Instance x could not be found.'),
    'not-found',
    'Instance x could not be found.',
  ],
  [409, nova('conflictingRequest', "Key pair 'x' already exists."), 'exists', "Key pair 'x' already exists."],
  [
    409,
    nova('conflictingRequest', 'Cannot do that while it is building'),
    'busy',
    'Cannot do that while it is building',
  ],
  [
    413,
    nova('overLimit', 'Maximum number of volumes allowed (10) exceeded'),
    'quota',
    'Maximum number of volumes allowed (10) exceeded',
  ],
  [413, nova('overLimit', 'This request was rate-limited.'), 'throttled', 'This request was rate-limited.'],
  [
    400,
    nova('badRequest', 'Invalid volume: Volume status must be available'),
    'busy',
    'Invalid volume: Volume status must be available',
  ],
  [500, nova('computeFault', 'Unexpected API Error.'), 'transient', 'Unexpected API Error.'],
  [
    409,
    neutron('OverQuota', "Quota exceeded for resources: ['port']."),
    'quota',
    "Quota exceeded for resources: ['port'].",
  ],
  [409, neutron('SubnetInUse', 'it is in use'), 'busy', 'it is in use'],
  [409, neutron('IpAddressGenerationFailure', 'No more IP addresses'), 'capacity', 'No more IP addresses'],
  [409, neutron('SecurityGroupRuleExists', 'the rule is there'), 'exists', 'the rule is there'],
  [
    404,
    { message: 'No image<br /><br />\n\n', code: '404 Not Found', title: 'Not Found' },
    'not-found',
    'No image',
  ],
  [404, page('404 Not Found', 'No image found with ID x'), 'not-found', 'No image found with ID x'],
  [403, page('403 Forbidden', 'not yours'), 'permission', 'not yours'],
  [429, '', 'throttled', 'status 429'],
] as const)('%i %j is %s', (status, body, kind, message) => {
  const fault = readFault(new HttpFault(`status ${status}`, { status, body }));
  expect(judgeFault(fault, faultCodes)).toMatchObject({ kind, message });
});

it('a page of somebody else is no answer of the API', () => {
  const body = '<!DOCTYPE html><html><head><title>Sign in</title></head></html>';
  const fault = readFault(new HttpFault(body, { status: 404, body }));
  expect(judgeFault(fault, faultCodes).kind).toBe('not-api');
});
