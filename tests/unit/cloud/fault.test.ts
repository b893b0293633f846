import { describe, expect, it } from 'vitest';
import { retryAfterOf } from '../../../src/cloud/calls.ts';
import { faultError, faultOf, isRefusal, judgeFault, type RawFault } from '../../../src/cloud/fault.ts';

const codes = { NoRoom: 'capacity', 'Auth*': 'credentials' } as const;
const place = { platform: 'aws', action: 'ec2 RunInstances', credentialsHint: 'set X' };

describe('judgeFault', () => {
  it.each<[RawFault, string]>([
    [{ message: 'x', code: 'NoRoom', status: 500 }, 'capacity'],
    [{ message: 'x', code: 'AuthFailure', status: 400 }, 'credentials'],
    [{ message: 'x', status: 429 }, 'throttled'],
    [{ message: 'x', status: 503 }, 'transient'],
    [{ message: '<html>oops', status: 502 }, 'transient'],
    [{ message: '<!DOCTYPE html>', status: 200 }, 'not-api'],
    [{ message: 'Unexpected token < in JSON', status: 403 }, 'not-api'],
    [{ message: 'x', status: 404 }, 'not-found'],
    [{ message: 'x', status: 401 }, 'credentials'],
    [{ message: 'x', status: 422 }, 'invalid'],
    [{ message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' }, 'network'],
    [{ message: 'x is not a function', code: 'TypeError' }, 'invalid'],
  ])('%j is %s', (raw, kind) => {
    expect(judgeFault(raw, codes).kind).toBe(kind);
  });
});

it('an error keeps its fault, has one line, and a cause that decides the verdict', () => {
  const fault = judgeFault({ message: '\n no room\n for you', code: 'NoRoom' }, codes);
  const error = faultError(fault, place, new Error('sdk'));
  expect(error).toMatchObject({
    kind: 'capacity',
    code: 'cloud-capacity',
    message: 'aws refused ec2 RunInstances: NoRoom: no room',
  });
  expect(faultOf(error)?.kind).toBe('capacity');
  expect(faultOf(new Error('other'))).toBeUndefined();
});

it('credentials say what to set', () => {
  const fault = judgeFault({ message: 'no', status: 401 }, codes);
  expect(faultError(fault, place, undefined)).toMatchObject({ kind: 'usage', hint: 'set X' });
});

it('after no answer and after a 5xx nobody knows whether it was created', () => {
  expect(['network', 'transient', 'busy', 'not-api'].some(kind => isRefusal(kind as 'network'))).toBe(false);
  expect(isRefusal('capacity')).toBe(true);
});

it('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-20T10:00:00Z');
  expect(retryAfterOf('3', now)).toBe(3000);
  expect(retryAfterOf('Fri, 20 Nov 2026 10:00:05 GMT', now)).toBe(5000);
  expect(retryAfterOf('Fri, 20 Nov 2026 09:00:00 GMT', now)).toBe(0);
  expect(retryAfterOf('soon', now)).toBeUndefined();
  expect(retryAfterOf(null, now)).toBeUndefined();
});
