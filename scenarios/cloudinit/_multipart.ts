import { gzipSync } from 'node:zlib';

const boundary = '===============kola==';
const answer = '42';
const packed = gzipSync(answer).toString('base64');
const plain = Buffer.from(answer).toString('base64');

/** Encodings of `write_files` and the content that each has to be given. */
const encodings: readonly (readonly [encoding: string, content: string])[] = [
  ['b64', plain],
  ['base64', plain],
  ['gzip', `!!binary ${packed}`],
  ['gz', `!!binary ${packed}`],
  ['gz+base64', packed],
  ['gzip+base64', packed],
  ['gz+b64', packed],
];

/** Files that the first part writes, each with {@link expectedContent} in it. */
export const encodedFiles: readonly string[] = encodings.map(
  ([encoding]) => `/tmp/kola_${encoding.replaceAll('+', '_')}`,
);
export const expectedContent = answer;

/** Public half of a key that was thrown away. */
export const extraKey =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMypeIIYrrs/aRL1Vde+TH/9BKz7RsrFfg81SXC8LCFI0XqtvcwrlM6vJ+qvf8ckl5AGyT916vTwQWOfjdBdX3w= kola-multipart';

export const scriptFile = '/coreos-cloudinit_multipart.txt';
export const undercoverFile = '/kola_undercover';

const part = (type: string, body: string): string =>
  [
    `--${boundary}`,
    `Content-Type: ${type}; charset="us-ascii"`,
    'MIME-Version: 1.0',
    '',
    body.trimEnd(),
    '',
  ].join('\n');

const firstConfig = [
  '#cloud-config',
  'hostname: "example"',
  'ssh_authorized_keys:',
  `  - ${extraKey}`,
  'write_files:',
  ...encodings.flatMap(([encoding, content], index) => [
    `  - path: ${encodedFiles[index]}`,
    `    encoding: ${encoding}`,
    content.startsWith('!!') ? `    content: ${content}` : `    content: "${content}"`,
  ]),
].join('\n');

/** Parts of every kind; only the configs and the script count, and the first host name wins. */
export const multipart = [
  `Content-Type: multipart/mixed; boundary="${boundary}"`,
  'MIME-Version: 1.0',
  '',
  part('text/cloud-config', firstConfig),
  part('text/cloud-config', '#cloud-config\nhostname: "not-this-one"'),
  part('application/json', '{"not": "looked at"}'),
  part('text/plain', 'not looked at either'),
  part('text/plain', `#cloud-config\nwrite_files:\n  - path: ${undercoverFile}\n    content: "here"`),
  part('text/x-shellscript', `#!/bin/bash\ntouch ${scriptFile}`),
  `--${boundary}--`,
  '',
].join('\n');
