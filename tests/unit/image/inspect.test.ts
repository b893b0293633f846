import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectDisk } from '../../../src/image/inspect.ts';
import { flatcarDisk, flatcarPartitions, gptDisk, put, scratch, toQcow2, types } from './disk-fixtures.ts';

const loader = ['EFI', 'BOOT', 'BOOTX64.EFI'];

describe('inspectDisk', () => {
  it('reads a raw disk: partitions, architecture by boot loader, EFI files', async () => {
    const path = put(scratch(), 'disk.img', flatcarDisk([loader, ['flatcar', 'USR-A.CFG']]));
    const facts = await inspectDisk(path);
    expect(facts).toMatchObject({
      format: 'raw',
      size: 4096 * 512,
      arch: 'amd64',
      espFlatcar: ['USR-A.CFG'],
    });
    expect(facts.partitions.map(partition => partition.label)).toEqual(
      flatcarPartitions.map(partition => partition.label),
    );
  });

  it.each([
    ['plain', []],
    ['compressed', ['-c']],
    ['compressed with zstd', ['-c', '-o', 'compression_type=zstd']],
    ['of version 2', ['-o', 'compat=0.10']],
    ['with small clusters', ['-o', 'cluster_size=4k']],
  ])('reads the same from a qcow2 file, %s', async (_name, options) => {
    const folder = scratch();
    const raw = put(folder, 'disk.img', flatcarDisk([['EFI', 'BOOT', 'BOOTAA64.EFI']]));
    const facts = await inspectDisk(toQcow2(raw, join(folder, 'disk.qcow2'), ...options));
    expect(facts).toEqual({ ...(await inspectDisk(raw)), format: 'qcow2' });
    expect(facts.arch).toBe('arm64');
  });

  it('tells the architecture by partition type', async () => {
    const root = { ...flatcarPartitions[4]!, type: types.rootArm64 };
    const path = put(scratch(), 'disk.img', gptDisk([root]));
    expect((await inspectDisk(path)).arch).toBe('arm64');
  });

  it('says nothing of the architecture when both loaders are there', async () => {
    const path = put(scratch(), 'disk.img', flatcarDisk([loader, ['EFI', 'BOOT', 'BOOTAA64.EFI']]));
    expect((await inspectDisk(path)).arch).toBeUndefined();
  });

  it('takes a boot sector without partition table', async () => {
    const disk = Buffer.alloc(1 << 20);
    disk.writeUInt16LE(0xaa55, 510);
    expect(await inspectDisk(put(scratch(), 'disk.img', disk))).toMatchObject({
      partitions: [],
      arch: undefined,
    });
  });

  it.each([
    ['a web page', '<html>404</html>', 'image-foreign', /is a web page, not a disk image/],
    ['a text file', 'not found\n', 'image-foreign', /is a text file/],
    [
      'zeros',
      Buffer.alloc(1 << 20),
      'image-not-bootable',
      /neither a GUID partition table nor a boot sector/,
    ],
    ['a bare qcow2 magic', 'QFI\xfb', 'image-damaged', /truncated inside the qcow2 header/],
  ])('refuses %s', async (_name, content, code, message) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    const path = put(scratch(), 'x.img', bytes);
    await expect(inspectDisk(path)).rejects.toMatchObject({
      kind: 'usage',
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses a raw disk that lost its end', async () => {
    const path = put(scratch(), 'disk.img', gptDisk(flatcarPartitions));
    truncateSync(path, 4095 * 512);
    await expect(inspectDisk(path)).rejects.toMatchObject({
      code: 'image-damaged',
      message: expect.stringContaining('says 2097152 bytes, found 2096640'),
    });
  });

  it('refuses a qcow2 file that lost its end, wherever it was cut', async () => {
    const folder = scratch();
    const disk = flatcarDisk([loader]);
    for (let at = 200_000; at < disk.length; at += 65_536) disk[at] = 1;
    const raw = put(folder, 'disk.img', disk);
    for (const keep of [60_000, 150_000, 250_000, 320_000, 600_000, 1_500_000]) {
      const path = toQcow2(raw, join(folder, `cut-${keep}.qcow2`));
      truncateSync(path, keep);
      await expect(inspectDisk(path), `${keep} bytes`).rejects.toMatchObject({ code: 'image-damaged' });
    }
  });

  it('refuses an overlay', async () => {
    const { execFileSync } = await import('node:child_process');
    const folder = scratch();
    const raw = put(folder, 'disk.img', flatcarDisk([loader]));
    const overlay = join(folder, 'overlay.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', raw, '-F', 'raw', overlay]);
    await expect(inspectDisk(overlay)).rejects.toThrow(/is an overlay/);
  });
});
