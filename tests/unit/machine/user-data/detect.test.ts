import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/core/errors.ts';
import { detectUserData } from '../../../../src/machine/user-data/detect.ts';

const ignition = '{"ignition":{"version":"3.3.0"}}';
const multipart = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=abc\n\n--abc\n\nx\n--abc--\n';

describe('known formats', () => {
  test.each([
    ['', { kind: 'empty' }],
    [' \n', { kind: 'empty' }],
    ['#!/bin/bash\ntrue\n', { kind: 'script', text: '#!/bin/bash\ntrue\n' }],
    ['#cloud-config\nhostname: a\n', { kind: 'cloud-config', text: '#cloud-config\nhostname: a\n' }],
    [multipart, { kind: 'multipart', text: multipart }],
    [ignition, { kind: 'ignition-raw', version: '3.3', text: ignition }],
    ['{"ignition":{"version":"2.0.0"}}', { kind: 'ignition-raw', version: '2.0' }],
    ['{"ignitionVersion":1}', { kind: 'ignition-raw', version: '1' }],
  ])('%#', (text, expected) => {
    expect(detectUserData(text)).toMatchObject(expected);
    expect(detectUserData(gzipSync(text))).toEqual(detectUserData(text));
  });

  test('bytes of text are text', () => {
    expect(detectUserData(Buffer.from(`\uFEFF${ignition}`))).toMatchObject({
      kind: 'ignition-raw',
      text: ignition,
    });
  });
});

test.each([
  ['{"ignition":{"version":"4.0.0"}}', 'Ignition 4.0.0, which kola does not know'],
  ['{"ignition":{}}', 'JSON without ignition.version'],
  ['{"a":1}', 'JSON without ignition.version'],
  ['{"a":', 'begins like JSON but is none'],
  ['variant: fcos\nversion: 1.0.0\n', 'expected flatcar, found fcos'],
  ['storage:\n  files: []\n', 'Container Linux Config'],
  ['hello', 'begins with "hello"'],
  [new Uint8Array([0x1f, 0x8b, 1]), 'cannot be unpacked'],
  [new Uint8Array([0xff, 0xfe, 0]), 'neither text nor gzip'],
])('what is not known is said (%#)', (input, message) => {
  expect(() => detectUserData(input)).toThrow(message);
  expect(() => detectUserData(input)).toThrow(UsageError);
});
