import { describe, expect, test } from 'vitest';
import empty from '../../../scenarios/ignition/cl.ignition.misc.empty.ts';
import indirectNew from '../../../scenarios/ignition/cl.ignition.oem.indirect.new.ts';
import indirect from '../../../scenarios/ignition/cl.ignition.oem.indirect.ts';
import regularNew from '../../../scenarios/ignition/cl.ignition.oem.regular.new.ts';
import regular from '../../../scenarios/ignition/cl.ignition.oem.regular.ts';
import reuse from '../../../scenarios/ignition/cl.ignition.oem.reuse.ts';
import wipe from '../../../scenarios/ignition/cl.ignition.oem.wipe.ts';
import v1Noop from '../../../scenarios/ignition/cl.ignition.v1.noop.ts';
import v1Key from '../../../scenarios/ignition/cl.ignition.v1.ssh.key.ts';
import v2Noop from '../../../scenarios/ignition/cl.ignition.v2.noop.ts';
import remote from '../../../scenarios/ignition/coreos.ignition.resource.remote.ts';
import s3 from '../../../scenarios/ignition/coreos.ignition.resource.s3.ts';
import versioned from '../../../scenarios/ignition/coreos.ignition.resource.s3.versioned.ts';
import tls from '../../../scenarios/ignition/coreos.ignition.security.tls.ts';
import key from '../../../scenarios/ignition/coreos.ignition.ssh.key.ts';
import { httpAnswer } from '../../../src/machine/guest/tls-server.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, outcome } from '../../support/scenario-outcome.ts';

const oemDisk = (fstype: string): string =>
  JSON.stringify({
    blockdevices: [
      { name: 'vda', type: 'disk', children: [{ name: 'vda6', type: 'part', fstype, label: 'OEM' }] },
    ],
  });
const grub = 'set linux_append="flatcar.autologin"\nset linux_console="console=ttyS0,115200 console=tty0"\n';
const oem: Script = [
  [/^lsblk/, oemDisk('btrfs')],
  [/touch/, ''],
  [/test -e .boot/, { code: 1 }],
];

describe.each([
  ['regular', regular, '/usr/share/oem'],
  ['regular.new', regularNew, '/oem'],
  ['indirect', indirect, '/usr/share/oem'],
  ['indirect.new', indirectNew, '/oem'],
  ['reuse', reuse, '/usr/share/oem'],
])('cl.ignition.oem.%s', (_, scenario, path) => {
  test('the file is there, the filesystem is the old one, and a first boot is possible again', async () => {
    const files = { [`${path}/grub.cfg`]: grub };
    expect(await outcome(scenario, oem, { files })).toBe('held 4');
    expect(await outcome(scenario, oem, { files: { [`${path}/grub.cfg`]: '# nothing\n' } })).toContain(
      'grub-config',
    );
    expect(await outcome(scenario, but(oem, [/^lsblk/, oemDisk('ext4')]), { files })).toContain(
      'filesystem-kept',
    );
    expect(await outcome(scenario, but(oem, [/test -e/, '']), { files })).toContain('first-boot-again');
  });
});

test('cl.ignition.oem.wipe: a filesystem of the right kind that is not the new one fails', async () => {
  const good: Script = [
    [/^lsblk/, oemDisk('ext4')],
    [/blkid/, '0b7c6a6e-5d8e-4a8c-9d0c-3d4f1d2b9a55'],
  ];
  expect(await outcome(wipe, good)).toBe('held 2');
  expect(await outcome(wipe, but(good, [/^lsblk/, oemDisk('btrfs')]))).toContain('filesystem-made');
  expect(await outcome(wipe, but(good, [/blkid/, 'e5bf5b0b-0000-0000-0000-000000000000']))).toContain(
    'not-the-image',
  );
});

describe('machines with next to no user-data', () => {
  const good: Script = [
    [/^id -un/, 'core'],
    [/tee/, ''],
  ];

  test.each([v1Noop, v2Noop, v1Key, key])('$name', async scenario => {
    expect(await outcome(scenario, good)).toBe('held 2');
    expect(await outcome(scenario, but(good, [/^id/, 'root']))).toContain('logged-in');
    expect(await outcome(scenario, but(good, [/tee/, { code: 1 }]))).not.toMatch(/^held/);
  });

  test('a machine that was given something has not booted without user-data', async () => {
    expect(await outcome(empty, good)).toContain('user-data-form');
  });

  test('the key comes from one place only', () => {
    for (const scenario of [empty, v1Noop, v2Noop]) expect(scenario.allow.noKeyInUserData).toBe(true);
    for (const scenario of [v1Key, key]) expect(scenario.allow.noKeyInMetadata).toBe(true);
  });
});

describe('files from elsewhere', () => {
  test('coreos.ignition.resource.remote', async () => {
    const good: Script = [[/^cat/, 'kola-anonymous']];
    expect(await outcome(remote, good)).toBe('held 3');
    expect(await outcome(remote, but(good, [/s3-anon/, '<Error>AccessDenied</Error>']))).toContain('s3-anon');
  });

  test('coreos.ignition.resource.s3.versioned', async () => {
    const good: Script = [
      [/original/, 'original'],
      [/latest/, 'updated'],
    ];
    expect(await outcome(versioned, good)).toBe('held 2');
    expect(await outcome(versioned, but(good, [/original/, 'updated']))).toContain('original');
  });

  test('coreos.ignition.resource.s3: what is closed must answer, with a refusal', async () => {
    const good: Script = [
      [/cat .*s3-auth/, 'kola-authenticated'],
      [/cat .*s3-config/, 'kola-config'],
      [/curl .*anonymous$/, '200'],
      [/curl/, '403'],
    ];
    expect(await outcome(s3, good)).toBe('held 5');
    // The config in use is the one that is looked at; a network that is down is no refusal.
    expect(await outcome(s3, but(good, [/curl .*authenticated-var\.ign$/, '200']))).toContain(
      'closed-authenticated-var',
    );
    expect(await outcome(s3, but(good, [/curl .*authenticated$/, '000']))).toContain('closed-authenticated');
    expect(await outcome(s3, but(good, [/curl .*anonymous$/, '403']))).toContain('open-anonymous');
  });
});

describe('coreos.ignition.security.tls', () => {
  const served = JSON.stringify({
    ignition: { version: '3.0.0' },
    storage: { files: [{ path: '/var/resource/data', contents: { source: 'data:,kola-data' } }] },
  });
  const good: Script = [
    [/openssl req|s_server/, ''],
    [/^curl/, served],
    [/^cat .var/, 'kola-data'],
    [/^cat .etc/, 'own'],
  ];
  const files = { '/var/lib/kola-tls/cert.pem': '-----BEGIN CERTIFICATE-----' };
  test('the config behind the certificate is merged', async () => {
    expect(await outcome(tls, good, { files })).toBe('held 2');
    expect(await outcome(tls, but(good, [/^cat .var/, '']), { files })).toContain('merged');
    expect(await outcome(tls, but(good, [/^cat .etc/, '']), { files })).toContain('own-kept');
  });
  test('a server of ours that does not work is nobody else’s fault', async () => {
    expect(await outcome(tls, but(good, [/^curl/, 'oops']), { files })).toContain('blocked: ');
  });
  test('the answer is complete', () => {
    expect(httpAnswer('hé')).toBe(
      'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\nConnection: close\r\n\r\nhé',
    );
  });
});
