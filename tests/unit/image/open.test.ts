import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type OpenImageOptions, openLocalImage } from '../../../src/image/open.ts';
import { flatcarDisk, flatcarPartitions, put, scratch } from './disk-fixtures.ts';

const loader = ['EFI', 'BOOT', 'BOOTX64.EFI'];
const lines: string[] = [];
const options = (folder: string, path: string): OpenImageOptions => ({
  path,
  arch: 'amd64',
  cacheDir: join(folder, 'cache'),
  log: line => lines.push(line),
});
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Google's images are sparse tar files of `disk.raw`. */
const sparseTar = (bytes: Buffer): Buffer => {
  const folder = scratch();
  put(folder, 'disk.raw', bytes);
  execFileSync('tar', ['-Sczf', 'out', 'disk.raw'], { cwd: folder });
  return readFileSync(join(folder, 'out'));
};

/** A zip archive of one file, its sizes behind it, as programs write it to a pipe. */
const zipOf = (name: string, bytes: Buffer): Buffer => {
  const packed = deflateRawSync(bytes);
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(8, 6);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(name.length, 26);
  const behind = Buffer.alloc(16);
  behind.write('PK\x07\x08', 'latin1');
  behind.writeUInt32LE(crc32(bytes), 4);
  behind.writeUInt32LE(packed.length, 8);
  behind.writeUInt32LE(bytes.length, 12);
  return Buffer.concat([header, Buffer.from(name), packed, behind]);
};

const manifest = (over: object = {}): object => ({
  schema: 1,
  name: 'guest',
  kind: 'custom',
  title: 'A guest',
  version: '1.2.3',
  arch: 'amd64',
  disk: { file: 'disk.img', format: 'raw', sha256: sha256(flatcarDisk([loader])) },
  osRelease: { id: 'guest' },
  selinux: { policy: 'none', enforcing: false },
  provides: ['docker'],
  userData: ['ignition-3.3'],
  usrHash: { where: 'kernel', offset: 64 },
  bootLog: { console: 'ttyS0', kernel: true, systemd: true },
  firmware: ['bios'],
  ...over,
});

describe('a disk without manifest', () => {
  it('is Flatcar when it plainly is, with the version of version.txt', async () => {
    const folder = scratch();
    const disk = flatcarDisk([loader, ['flatcar', 'GRUB']]);
    const path = put(folder, 'disk.img', disk);
    put(folder, 'version.txt', 'FLATCAR_VERSION=4081.2.0\nFLATCAR_VERSION_ID=4081.2.0\n');
    const image = await openLocalImage(options(folder, path));
    expect(image).toMatchObject({
      disk: path,
      format: 'raw',
      notice: undefined,
      digest: `sha256:${sha256(disk)}`,
    });
    expect(image.manifest).toMatchObject({ kind: 'flatcar', version: '4081.2.0', usrHash: { offset: 64 } });
    expect(image.manifest.userData).toContain('ignition-3.3');
  });

  it('believes the caller about version and channel', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    put(folder, 'version.txt', 'FLATCAR_VERSION=4081.2.0\n');
    const image = await openLocalImage({ ...options(folder, path), version: '9.9.9', channel: 'beta' });
    expect(image.manifest).toMatchObject({ version: '9.9.9', channel: 'beta' });
  });

  it.each([
    [
      'another USR-A',
      flatcarDisk(
        [loader],
        flatcarPartitions.map(part => ({ ...part, uuid: part.uuid.replace('7130', '7131') })),
      ),
    ],
    [
      'no OEM partition',
      flatcarDisk(
        [loader],
        flatcarPartitions.filter(part => part.label !== 'OEM'),
      ),
    ],
    ['the mark of the reference guest', flatcarDisk([loader, ['flatcar', 'usr-a.cfg']])],
  ])('is no Flatcar with %s', async (_name, disk) => {
    const folder = scratch();
    const image = await openLocalImage(options(folder, put(folder, 'disk.img', disk)));
    expect(image.manifest.kind).toBe('custom');
    expect(image.notice).toMatch(/not a Flatcar release/);
  });
});

describe('a disk with image.json beside it', () => {
  it('is what its manifest says', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    put(folder, 'image.json', JSON.stringify(manifest()));
    const image = await openLocalImage(options(folder, path));
    expect(image.manifest).toEqual(manifest());
    expect(image.notice).toBe('A guest: not a Flatcar release, results count for no Flatcar channel');
    expect((await openLocalImage(options(folder, folder))).disk).toBe(path);
  });

  it('brings the update that its manifest names, unless another one is given', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    put(folder, 'image.json', JSON.stringify(manifest({ updatePayload: { file: 'update.tar' } })));
    await expect(openLocalImage(options(folder, path))).rejects.toMatchObject({
      code: 'payload-missing',
      message: `there is no update payload ${join(folder, 'update.tar')}`,
    });
    const own = put(folder, 'update.tar', Buffer.from('x'));
    const other = put(folder, 'other.gz', Buffer.from('y'));
    expect((await openLocalImage(options(folder, path))).updatePayload).toBe(own);
    const image = await openLocalImage({ ...options(folder, path), updatePayload: other });
    expect(image.updatePayload).toBe(other);
  });

  it('is not described by a manifest about another file', async () => {
    const folder = scratch();
    const path = put(folder, 'other.img', flatcarDisk([loader]));
    put(folder, 'image.json', JSON.stringify(manifest()));
    expect((await openLocalImage(options(folder, path))).manifest.kind).toBe('flatcar');
  });

  it.each([
    ['no JSON', 'nonsense', /image\.json is not JSON/],
    ['an unknown key', JSON.stringify(manifest({ extra: 1 })), /image\.json: .*extra/],
    ['a wrong kind', JSON.stringify(manifest({ kind: 'gentoo' })), /image\.json: kind: /],
    [
      'another digest',
      JSON.stringify(manifest({ disk: { file: 'disk.img', format: 'raw', sha256: 'ab' } })),
      /expected sha256 ab, found [0-9a-f]{64}/,
    ],
  ])('is refused with %s', async (_name, text, message) => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    put(folder, 'image.json', text);
    await expect(openLocalImage(options(folder, path))).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(message),
    });
  });

  it('is refused when it is for another architecture, whoever says so', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    const want = { ...options(folder, path), arch: 'arm64' } as const;
    await expect(openLocalImage(want)).rejects.toMatchObject({
      code: 'image-arch',
      message: `${path} is an image for amd64, but arm64 was asked for`,
    });
  });
});

describe('packed images', () => {
  it.each([
    ['disk.img.bz2', (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })],
    ['disk.img.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['disk.zip', (bytes: Buffer) => zipOf('disk.raw', bytes)],
    ['disk.tar.gz', (bytes: Buffer) => sparseTar(bytes)],
  ])('%s is unpacked once', async (name, pack) => {
    const folder = scratch();
    const disk = flatcarDisk([loader]);
    const path = put(folder, name, pack(disk));
    put(folder, 'version.txt', 'FLATCAR_VERSION=4081.2.0\n');
    lines.length = 0;
    const image = await openLocalImage(options(folder, path));
    expect(readFileSync(image.disk).equals(disk)).toBe(true);
    expect(image.manifest).toMatchObject({ kind: 'flatcar', version: '4081.2.0' });
    const made = statSync(image.disk).ino;
    const again = await openLocalImage(options(folder, path));
    expect(statSync(again.disk).ino).toBe(made);
    expect(lines.filter(line => line.startsWith('Unpacking'))).toHaveLength(1);
    expect(readdirSync(join(folder, 'cache')).filter(entry => entry.startsWith('.unpacking'))).toEqual([]);
  });

  it.each(['bz2', 'gz'])('a broken .%s leaves nothing', async form => {
    const folder = scratch();
    const disk = flatcarDisk([loader]);
    const path = put(
      folder,
      `disk.img.${form}`,
      form === 'gz' ? gzipSync(disk) : execFileSync('bzip2', ['-c'], { input: disk }),
    );
    truncateSync(path, statSync(path).size - 20);
    await expect(openLocalImage(options(folder, path))).rejects.toMatchObject({
      kind: 'usage',
      code: 'image-damaged',
      message: expect.stringContaining('cannot be unpacked'),
    });
    expect(readdirSync(join(folder, 'cache')).filter(entry => !entry.startsWith('.digests'))).toEqual([]);
  });

  it('an abort leaves nothing', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img.bz2', execFileSync('bzip2', ['-c'], { input: flatcarDisk([loader]) }));
    const stop = new AbortController();
    const log = (): void => stop.abort(new Error('enough'));
    await expect(openLocalImage({ ...options(folder, path), signal: stop.signal, log })).rejects.toThrow(
      'enough',
    );
    expect(readdirSync(join(folder, 'cache')).filter(entry => !entry.startsWith('.digests'))).toEqual([]);
  });

  it('two at once agree on one disk', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img.bz2', execFileSync('bzip2', ['-c'], { input: flatcarDisk([loader]) }));
    const [one, two] = await Promise.all([
      openLocalImage(options(folder, path)),
      openLocalImage(options(folder, path)),
    ]);
    expect(one.disk).toBe(two.disk);
    expect(readdirSync(join(folder, 'cache')).filter(entry => entry.startsWith('.unpacking'))).toEqual([]);
  });

  it('a page that only looks packed is refused after unpacking', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img.gz', gzipSync(Buffer.from('<html>Not Found</html>')));
    await expect(openLocalImage(options(folder, path))).rejects.toMatchObject({ code: 'image-foreign' });
  });
});

describe('what is no image', () => {
  it('is told apart', async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'dir'));
    const cases: readonly (readonly [string, string])[] = [
      [join(folder, 'nowhere'), 'image-missing'],
      [join(folder, 'dir'), 'image-is-folder'],
      [put(folder, 'empty', ''), 'image-empty'],
      ['/dev/null', 'image-not-file'],
      [put(folder, 'page', '<html>'), 'image-foreign'],
    ];
    for (const [path, code] of cases)
      await expect(openLocalImage(options(folder, path)), path).rejects.toMatchObject({
        kind: 'usage',
        code,
      });
  });
});

describe('the digest', () => {
  it('is remembered until the file changes', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    const first = await openLocalImage(options(folder, path));
    const [note] = readdirSync(join(folder, 'cache', '.digests'));
    const forged = `sha256:${'0'.repeat(64)}`;
    writeFileSync(join(folder, 'cache', '.digests', note!), forged);
    expect((await openLocalImage(options(folder, path))).digest).toBe(forged);
    const changed = flatcarDisk([loader]);
    changed[changed.length - 1] = 1;
    writeFileSync(path, changed);
    const second = await openLocalImage(options(folder, path));
    expect(second.digest).toBe(`sha256:${sha256(changed)}`);
    expect(second.digest).not.toBe(first.digest);
  });

  it('is found without a cache that can be written', async () => {
    const folder = scratch();
    const path = put(folder, 'disk.img', flatcarDisk([loader]));
    chmodSync(path, 0o444);
    const image = await openLocalImage({ ...options(folder, path), cacheDir: join(path, 'below-a-file') });
    expect(image.digest).toBe(`sha256:${sha256(flatcarDisk([loader]))}`);
  });
});
