import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { resolveStream } from '../../../../src/cli/release/lts.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import {
  type FetchedImage,
  fetchImage,
  fetchPayload,
  packagesOf,
  verifyFetched,
} from '../../../../src/image/release/fetch.ts';
import type { ReleaseWish } from '../../../../src/image/release/locate.ts';
import { findRelease, ltsStreams, type ReleaseContext } from '../../../../src/image/release/release.ts';
import { loadReleaseServers, type PayloadKey } from '../../../../src/image/release/servers.ts';
import { ReleaseServer, serversYaml } from '../../../support/release-server.ts';
import { makeSigningKeys, type SigningKeys } from '../../../support/signing-keys.ts';

const image = Buffer.alloc(50_000, 'flatcar ');
const ami = Buffer.alloc(60_000, 'amazon  ');
const file = 'flatcar_production_image.bin.bz2';
const version = '4459.2.1';
const stable: ReleaseWish = { channel: 'stable', version, arch: 'amd64' };
const release = { channel: 'stable', version, arch: 'amd64', files: { [file]: image } } as const;

let keys: SigningKeys;
let folder: string;
let server: ReleaseServer;
let lines: string[];
beforeAll(async () => {
  keys = await makeSigningKeys();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kola-release-'));
  server = await ReleaseServer.start();
  lines = [];
  writeFileSync(join(folder, 'key.asc'), keys.publicKey);
  await server.publish(release, keys);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const context = async (own: Partial<ReleaseContext> = {}, extra = ''): Promise<ReleaseContext> => {
  const serversFile = join(folder, 'servers.yaml');
  writeFileSync(serversFile, serversYaml(server.url, keys.fingerprint, extra));
  return {
    servers: await loadReleaseServers(serversFile),
    serversFile,
    cacheDir: join(folder, 'cache'),
    env: {},
    clock: { ...systemClock, sleep: async () => {} },
    tries: 2,
    log: line => lines.push(line),
    ...own,
  };
};

const fetched = async (
  wish = stable,
  own: Partial<ReleaseContext> = {},
  platform = 'qemu',
): Promise<FetchedImage> => {
  const options = await context(own);
  return fetchImage(await findRelease(wish, options), platform, options);
};

const at = (name: string): string => `/stable/amd64-usr/${version}/${name}`;

test('current is resolved, verified, kept under its digest, and not downloaded twice', async () => {
  const first = await fetched({ ...stable, version: 'current' });
  expect(first).toMatchObject({ cached: false, origin: { version, channel: 'stable', server: 'release' } });
  expect(first.origin.signature).toMatchObject({ primary: keys.fingerprint, key: keys.subkeys[1] });
  expect(readFileSync(first.path).equals(image)).toBe(true);
  expect(first.folder).toContain(`release-${first.origin.sha256.slice(7, 23)}`);
  const before = server.asked.length;
  const second = await fetched();
  expect(second).toMatchObject({ cached: true, path: first.path });
  expect(server.asked.slice(before).map(({ path }) => path)).toEqual([
    at('version.txt'),
    at('version.txt.sig'),
  ]);
});

test('two that want the same image download it once', async () => {
  const [one, two] = await Promise.all([fetched(), fetched()]);
  expect([one.cached, two.cached].sort()).toEqual([false, true]);
  expect(server.asked.filter(({ path, range }) => path === at(file) && range !== 'bytes=0-0')).toHaveLength(
    1,
  );
});

test('a nightly comes from bincache, its + escaped', async () => {
  const nightly = '4799.0.0+nightly-20260821-2100';
  await server.publish({ ...release, channel: 'alpha', version: nightly }, keys, [
    `/bincache/images/amd64/${nightly}`,
  ]);
  const { origin } = await fetched({ channel: 'alpha', version: nightly, arch: 'amd64' });
  expect(origin).toMatchObject({ version: nightly, server: 'bincache' });
  expect(origin.url).toContain('%2Bnightly');
});

test('a candidate that is not released yet is found on bincache', async () => {
  await server.publish({ ...release, version: '4459.2.2' }, keys, ['/bincache/images/amd64/4459.2.2']);
  const found = await findRelease({ ...stable, version: '4459.2.2' }, await context());
  expect(found.place.server.name).toBe('bincache');
});

test('an LTS stream is found by its year, and the list of streams is read', async () => {
  await server.publish({ ...release, channel: 'lts', version: '4081.3.1' }, keys, [
    '/lts/amd64-usr/current-2024',
    '/lts/amd64-usr/4081.3.1',
  ]);
  server.files.set('/lts/lts-info', Buffer.from('3510:2023:unsupported\n4081:2024:supported\n'));
  const found = await findRelease(
    { channel: 'lts-2024', version: 'current', arch: 'amd64' },
    await context(),
  );
  expect(found).toMatchObject({ channel: 'lts-2024', version: '4081.3.1' });
  expect(await ltsStreams(await context())).toEqual([
    { major: '3510', year: '2023', supported: false },
    { major: '4081', year: '2024', supported: true },
  ]);
  const asked = async (channel: string, version: string): Promise<string> =>
    (await resolveStream({ channel, version }, await context())).channel;
  expect(await asked('lts', 'current')).toBe('lts-2024');
  expect(await asked('lts', '3510.3.1')).toBe('lts-2023');
  expect(lines.join()).toContain('lts-2023 is listed as not supported');
  expect(await asked('stable', 'current')).toBe('stable');
  await expect(asked('lts', '2605.3.1')).rejects.toMatchObject({ code: 'lts-stream' });
});

test.each([
  [
    'bit-flipped',
    (): void => void server.files.set(at(file), Buffer.concat([Buffer.from('F'), image.subarray(1)])),
    'signature-wrong',
  ],
  ['truncated', (): void => void server.files.set(at(file), image.subarray(0, 40_000)), 'signature-wrong'],
  ['unsigned', (): void => void server.files.delete(at(`${file}.sig`)), 'signature-absent'],
  ['without digests', (): void => void server.files.delete(at(`${file}.DIGESTS`)), 'digests-absent'],
])('an image that is %s is refused, and nothing of it is kept', async (_, spoil, code) => {
  spoil();
  await expect(fetched()).rejects.toMatchObject({ kind: 'usage', code });
  expect(readdirSync(join(folder, 'cache')).filter(name => !name.startsWith('.'))).toEqual([]);
  expect(readdirSync(join(folder, 'cache')).filter(name => name.startsWith('.download'))).toEqual([]);
  // What was put right on the server is then taken.
  await server.publish(release, keys);
  expect((await fetched()).cached).toBe(false);
});

test('another signed image in its place is refused, with its signature and its digests', async () => {
  server.files.set(at(file), ami);
  server.files.set(at(`${file}.sig`), await keys.sign(ami));
  await expect(fetched()).rejects.toMatchObject({ code: 'digest-wrong' });
  await server.publish({ ...release, files: { 'flatcar_production_ami_image.bin.bz2': ami } }, keys);
  for (const end of ['.DIGESTS', '.DIGESTS.sig'])
    server.files.set(at(file + end), server.files.get(at(`flatcar_production_ami_image.bin.bz2${end}`))!);
  await expect(fetched()).rejects.toMatchObject({ code: 'digests-silent' });
});

test('a folder with another version is refused, and so is a version of another channel', async () => {
  server.files.set(at('version.txt'), Buffer.from('FLATCAR_VERSION=4459.2.0\n'));
  await expect(fetched()).rejects.toMatchObject({ code: 'version-other' });
  server.files.set(at('version.txt'), Buffer.from('FLATCAR_VERSION=4459.2.1\n#\n'));
  await expect(fetched()).rejects.toMatchObject({ code: 'signature-wrong' });
  await expect(fetched({ ...stable, version: '4459.1.1' })).rejects.toMatchObject({
    code: 'version-channel',
  });
  await expect(fetched({ ...stable, version: 'newest' })).rejects.toMatchObject({ code: 'version-form' });
  await expect(fetched({ ...stable, version: '4459.2.9' })).rejects.toMatchObject({ code: 'release-absent' });
  server.files.set(at('version.txt'), Buffer.from('<html>log in</html>'));
  await expect(fetched()).rejects.toMatchObject({ code: 'version-file' });
});

test('a key that is not pinned is refused wherever it comes from', async () => {
  const other = await makeSigningKeys();
  writeFileSync(join(folder, 'key.asc'), other.publicKey);
  await expect(fetched()).rejects.toMatchObject({ code: 'key-not-pinned' });
  writeFileSync(join(folder, 'both.asc'), keys.publicKey);
  expect((await fetched(stable, { keyFile: join(folder, 'both.asc') })).cached).toBe(false);
});

test('--insecure-image takes what nobody signed, and keeps it apart', async () => {
  server.files.delete(at(`${file}.sig`));
  const loose = await fetched(stable, { insecure: true });
  expect(loose.origin.signature).toBeUndefined();
  expect(loose.folder).toContain('insecure-');
  await expect(fetched()).rejects.toMatchObject({ code: 'signature-absent' });
});

test('what changed in the cache is noticed and downloaded again', async () => {
  const { path, folder: home, origin } = await fetched();
  const bytes = Buffer.from(image);
  bytes[3]! ^= 1;
  writeFileSync(path, bytes);
  await expect(verifyFetched(home, origin, await context())).rejects.toMatchObject({
    code: 'signature-wrong',
  });
  writeFileSync(path, image.subarray(1));
  await expect(verifyFetched(home, origin, await context())).rejects.toMatchObject({ code: 'cache-damaged' });
  expect((await fetched()).cached).toBe(false);
  expect(lines.join()).toContain('Downloading again');
});

test('credentials come from the environment, and are named when they are missing', async () => {
  server.auth = 'Bearer s3cret';
  const extra = `  - { name: private, base: "${server.url}/private", folder: "{arch}/{version}", nightlies: true, embargoed: true, auth: { tokenFrom: KOLA_TEST_TOKEN } }`;
  await server.publish({ ...release, version: '4459.2.9' }, keys, ['/private/amd64/4459.2.9']);
  const options = await context({ env: { KOLA_TEST_TOKEN: 's3cret' } }, extra);
  const own = { ...options, servers: { ...options.servers, servers: options.servers.servers.slice(2) } };
  const found = await findRelease({ ...stable, version: '4459.2.9' }, own);
  const got = await fetchImage(found, 'qemu', own);
  expect(got.origin.embargoed).toBe(true);
  expect(readFileSync(join(got.folder, 'origin.json'), 'utf8') + lines.join()).not.toContain('s3cret');
  await expect(findRelease(stable, { ...own, env: {} })).rejects.toMatchObject({
    code: 'server-credentials',
    message: expect.stringContaining('KOLA_TEST_TOKEN'),
  });
});

test('the update payload is verified and kept like an image; without one nothing is made up', async () => {
  const options = await context();
  const found = await findRelease(stable, options);
  await expect(fetchPayload(found, options)).rejects.toMatchObject({ code: 'payload-absent' });
  await server.publish({ ...release, files: { 'flatcar_test_update.gz': ami } }, keys);
  const payload = await fetchPayload(found, options);
  expect(readFileSync(payload.path).equals(ami)).toBe(true);
  expect(payload.origin.signature?.primary).toBe(keys.fingerprint);
  server.files.set(at('flatcar_test_update.gz'), image);
  rmSync(options.cacheDir, { recursive: true });
  await expect(fetchPayload(found, options)).rejects.toMatchObject({ code: 'signature-wrong' });
});

test('a platform without an image says which files were looked for', async () => {
  await expect(fetched(stable, {}, 'aws')).rejects.toMatchObject({
    code: 'image-absent',
    message: expect.stringContaining('flatcar_production_ami_image.bin.bz2'),
  });
  await expect(fetched(stable, {}, 'moon')).rejects.toMatchObject({ code: 'image-unnamed' });
});

test('packages are read when they are there; an unreachable server is a network error', async () => {
  const options = await context();
  const found = await findRelease(stable, options);
  expect(await packagesOf(found, options)).toBeUndefined();
  server.files.set(at('flatcar_production_image_packages.txt'), Buffer.from('app-admin/sudo-1.9.15\n\n'));
  expect(await packagesOf(found, options)).toEqual(['app-admin/sudo-1.9.15']);
  server.faults.set(at('version.txt'), { status: 500, times: 1000 });
  server.faults.set(`/bincache/images/amd64/${version}/version.txt`, { status: 500, times: 1000 });
  await expect(findRelease(stable, options)).rejects.toMatchObject({ kind: 'network' });
  expect(existsSync(options.cacheDir)).toBe(false);
});

test('the key of a payload that images do not trust comes along, when it is the pinned one', async () => {
  const name = 'flatcar_test_update.gz';
  await server.publish({ ...release, files: { ...release.files, [name]: ami } }, keys);
  const key = 'PUBLIC KEY\n';
  const sha256 = createHash('sha256').update(key).digest('hex');
  const url = `${server.url}/keys/developer.pem`;
  const options = await context();
  const found = await findRelease(stable, options);
  const pinned = (entry: PayloadKey) => ({
    ...options,
    servers: { ...options.servers, files: { ...options.servers.files, payloadKeys: { [name]: entry } } },
  });

  await expect(fetchPayload(found, pinned({ sha256, url }))).rejects.toMatchObject({
    code: 'payload-key-absent',
  });
  server.files.set('/keys/developer.pem', Buffer.from('another key'));
  await expect(fetchPayload(found, pinned({ sha256, url }))).rejects.toMatchObject({
    code: 'payload-key-other',
  });
  server.files.set('/keys/developer.pem', Buffer.from(key));
  const { path } = await fetchPayload(found, pinned({ sha256, url }));
  expect(readFileSync(`${path}.pub.pem`, 'utf8')).toBe(key);
  // What lies there is good: nobody is asked again.
  server.files.delete('/keys/developer.pem');
  await fetchPayload(found, pinned({ sha256, url }));
  // Another pin, and a file beside the list of servers.
  writeFileSync(join(folder, 'own.pem'), 'own key');
  const own = createHash('sha256').update('own key').digest('hex');
  await fetchPayload(found, pinned({ sha256: own, file: 'own.pem' }));
  expect(readFileSync(`${path}.pub.pem`, 'utf8')).toBe('own key');
});
