import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { diskGib, type ImageFacts, virtualSize } from '../../../../platforms/openstack/image.ts';

const gib = 2 ** 30;

it('reads the size of the disk from the header of qcow2', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-qcow2-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const header = Buffer.alloc(104);
  header.write('QFI\xfb', 'latin1');
  header.writeBigUInt64BE(BigInt(9 * gib + 512), 24);
  writeFileSync(join(folder, 'disk.qcow2'), header);
  expect(await virtualSize(join(folder, 'disk.qcow2'))).toBe(9 * gib + 512);
});

it.each<[Partial<ImageFacts>, number]>([
  [{ min_disk: 9 }, 9],
  [{ min_disk: 2, virtual_size: 9 * gib + 1 }, 10],
  // Clouds that do not look into images know the size of the file only.
  [{ virtual_size: null, size: 3 * gib }, 3],
  [{}, 0],
])('a disk of an image with %j needs %i GiB', (facts, expected) => {
  expect(diskGib({ id: 'i', status: 'active', min_disk: 0, ...facts })).toBe(expected);
});
