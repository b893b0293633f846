import { expect, it } from 'vitest';
import { listenError } from '../../../src/services/listen-error.ts';

it.each([
  ['EADDRINUSE', 'capacity', /127\.0\.0\.1:123: the port is taken/],
  ['EACCES', 'harness', /ports below 1024 need root/],
  ['ENOBUFS', 'harness', /cannot listen on 127\.0\.0\.1:123/],
])('turns %s into a cause of kind %s', (code, kind, message) => {
  const error = listenError('ntp', 123, Object.assign(new Error(code), { code }));
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(message);
});
