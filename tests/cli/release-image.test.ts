import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReleaseServer, serversYaml } from '../support/release-server.ts';
import { makeSigningKeys, type SigningKeys } from '../support/signing-keys.ts';
import { flatcarDisk } from '../unit/image/disk-fixtures.ts';
import { type Ended, kola } from './kola.ts';

const version = '4459.2.1';
const file = 'flatcar_production_image.bin.bz2';
let keys: SigningKeys;
let folder: string;
let server: ReleaseServer;
beforeEach(async () => {
  const packed = execFileSync('bzip2', ['-c'], {
    input: flatcarDisk([
      ['EFI', 'BOOT', 'BOOTX64.EFI'],
      ['flatcar', 'GRUB'],
    ]),
  });
  keys = await makeSigningKeys();
  folder = mkdtempSync(join(tmpdir(), 'kola-image-'));
  server = await ReleaseServer.start();
  await server.publish({ channel: 'stable', version, arch: 'amd64', files: { [file]: packed } }, keys);
  writeFileSync(join(folder, 'servers.yaml'), serversYaml(server.url, keys.fingerprint));
  writeFileSync(join(folder, 'key.asc'), keys.publicKey);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const call = (...args: string[]): Promise<Ended> =>
  kola(args, {
    cwd: folder,
    env: {
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_STATE_HOME: join(folder, 'state'),
      KOLA_RELEASE_SERVERS: join(folder, 'servers.yaml'),
    },
  });

test('an image is fetched, listed, verified again, and pruned', async () => {
  const got = await call('image', 'get', 'qemu', '--arch=amd64');
  expect(got).toMatchObject({ code: 0, stdout: expect.stringMatching(/flatcar_production_image\.bin\n$/) });
  expect(got.stderr).toContain(`Downloaded stable ${version} for qemu/amd64: sha256:`);
  const listed = JSON.parse((await call('image', 'list', '--json')).stdout);
  const fetched = listed.images.find((one: { origin: unknown }) => one.origin !== null);
  expect(fetched.origin).toMatchObject({ version, file, signature: { primary: keys.fingerprint } });
  expect(await call('image', 'verify')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`good, signed by ${keys.subkeys[1]}`),
  });
  const path = join(fetched.path, file);
  const bytes = readFileSync(path);
  bytes[bytes.length - 5]! ^= 1;
  writeFileSync(path, bytes);
  expect(await call('image', 'verify', fetched.name)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('BAD: the signature of'),
  });
  const would = await call('image', 'prune', '--older-than=0', '--dry-run');
  expect(would.stdout).toContain(`would remove ${fetched.name}`);
  expect((await call('image', 'prune', '--older-than=0')).stdout).toContain(`removed ${fetched.name}`);
  expect(JSON.parse((await call('image', 'list', '--json')).stdout).images).toEqual([]);
  expect(dirname(fetched.path)).toBe(join(folder, 'cache/kola/images'));
});

test('without an image and without a way to the servers, a script is told what to say', async () => {
  await server[Symbol.asyncDispose]();
  const ended = await call('run', '--channel=stable', 'cl.basic');
  expect(ended.code).toBe(3);
  expect(ended.stderr).toMatch(/no image was given, and stable current cannot be had: .*127\.0\.0\.1/);
  expect(ended.stderr).toContain('--image=reference');
  server = await ReleaseServer.start();
});

test('a bad signature is no reason to test something else', async () => {
  server.files.set(`/stable/amd64-usr/${version}/${file}`, Buffer.from('BZh9 something else'));
  const ended = await call('run', '--arch=amd64', 'cl.basic');
  expect(ended).toMatchObject({ code: 3, stdout: '' });
  expect(ended.stderr).toMatch(/the signature of .* does not fit its content/);
});

test('kola plan says where a release runs, without a network', async () => {
  await server[Symbol.asyncDispose]();
  const ended = await call('plan', '--channel=stable', '--version=4459.2.1', '--shards=2', '--json');
  expect(ended.code).toBe(0);
  const plan = JSON.parse(ended.stdout);
  expect(plan).toMatchObject({ schema: 1, channel: 'stable', version: '4459.2.1' });
  const qemu = plan.jobs.filter(
    (job: { platform: string; arch: string }) => job.platform === 'qemu' && job.arch === 'amd64',
  );
  expect(qemu.map((job: { tier: string; shard: string }) => `${job.tier} ${job.shard}`)).toEqual([
    'smoke 1/1',
    'full 1/2',
    'full 2/2',
    // From the release before, and from the oldest supported start.
    'update 1/1',
    'update 1/1',
  ]);
  expect(plan.absent).toContainEqual(
    expect.objectContaining({ platform: 'equinixmetal', state: 'unavailable' }),
  );
  expect(plan.lowerBoundMinutes).toBeGreaterThan(0);
  expect(plan.expectedMinutes).toBeGreaterThanOrEqual(plan.lowerBoundMinutes);
  server = await ReleaseServer.start();
});
