import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { convertDisk } from '../../src/cloud/image/convert.ts';
import type { LocalImage } from '../../src/core/image.ts';
import { bootSectorDisk, bootSectorImage } from './boot-sector.ts';

const never = new AbortController().signal;
const mib = 1024 * 1024;

/** A raw disk of one MiB and a bit, which is no size that Azure takes. */
const odd = (): { readonly image: LocalImage; readonly folder: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-convert-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const image = bootSectorImage(folder);
  writeFileSync(image.disk, Buffer.concat([bootSectorDisk(), Buffer.alloc(512, 7)]));
  return { image, folder: join(folder, 'out') };
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it('a raw disk stays where it is', async () => {
  const { image, folder } = odd();
  expect(await convertDisk(image, 'raw', folder, never)).toBe(image.disk);
});

it('a raw disk becomes qcow2 and back, and one that is qcow2 stays where it is', async () => {
  const { image, folder } = odd();
  const made = await convertDisk(image, 'qcow2', folder, never);
  expect(readFileSync(made).subarray(0, 4).toString('latin1')).toBe('QFI\xfb');
  const back = join(folder, 'back.raw');
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', made, back]);
  expect(sha256(readFileSync(back))).toBe(sha256(readFileSync(image.disk)));
  const local: LocalImage = { ...image, disk: made, format: 'qcow2' };
  expect(await convertDisk(local, 'qcow2', folder, never)).toBe(made);
});

it('a fixed VHD is the disk in whole MiB and a footer of 512 bytes that says so', async () => {
  const { image, folder } = odd();
  const vhd = readFileSync(await convertDisk(image, 'vhd', folder, never));
  expect(vhd.length).toBe(2 * mib + 512);
  const footer = vhd.subarray(-512);
  expect(footer.subarray(0, 8).toString('latin1')).toBe('conectix');
  expect(footer.readBigUInt64BE(48)).toBe(BigInt(2 * mib));
  expect(footer.readUInt32BE(60), 'fixed').toBe(2);
  expect(sha256(vhd.subarray(0, mib + 512))).toBe(sha256(readFileSync(image.disk)));
});

it('the archive for GCE holds disk.raw and nothing else', async () => {
  const { image, folder } = odd();
  const tar = await convertDisk(image, 'gce-tar', folder, never);
  expect(execFileSync('tar', ['-tzf', tar], { encoding: 'utf8' })).toBe('disk.raw\n');
  execFileSync('tar', ['-xzf', tar, '-C', folder, 'disk.raw']);
  const own = readFileSync(image.disk);
  // Compute Engine takes disks of whole GiB: what follows our bytes is a hole.
  const begin = Buffer.alloc(own.length);
  const file = openSync(join(folder, 'disk.raw'), 'r');
  readSync(file, begin);
  closeSync(file);
  expect(sha256(begin)).toBe(sha256(own));
  expect(statSync(join(folder, 'disk.raw')).size % (1024 * mib)).toBe(0);
});

it.each(['vmdk', 'vhd'] as const)('a disk goes from qcow2 to %s and back', async format => {
  const { image, folder } = odd();
  const qcow2 = `${image.disk}.qcow2`;
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', image.disk, qcow2]);
  const made = await convertDisk({ ...image, disk: qcow2, format: 'qcow2' }, format, folder, never);
  const back = join(folder, 'back.raw');
  execFileSync('qemu-img', ['convert', '-f', format === 'vhd' ? 'vpc' : format, '-O', 'raw', made, back]);
  const size = statSync(image.disk).size;
  expect(sha256(readFileSync(back).subarray(0, size))).toBe(sha256(readFileSync(image.disk)));
});

it('says in one line what the tool said', async () => {
  const { image, folder } = odd();
  const broken = convertDisk({ ...image, format: 'qcow2', disk: '/nonexistent' }, 'raw', folder, never);
  await expect(broken).rejects.toMatchObject({
    kind: 'harness',
    message: expect.stringMatching(/^qemu-img convert failed: [^\n]+$/),
  });
});
