import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BuiltImage } from '../../src/image/reference/build.ts';
import { partitionNumbered, SECTOR } from '../../src/image/reference/layout.ts';
import { UPDATE_PAYLOAD } from '../../src/image/reference/manifest.ts';
import { oemVariant } from '../../src/image/reference/oem.ts';
import { recipeDir } from '../../src/image/reference/recipe.ts';

/** The reference guest for another platform, made from a disk that has nothing but its OEM partition. */
const { firstSector, sectors } = partitionNumbered(6);
/** Where the file happens to lie in the partition. */
const at = firstSector * SECTOR + 123_456;
const original = readFileSync(join(recipeDir(), 'boot', 'oem-grub.cfg'));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kola-oem-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const builtImage = async (config: Buffer): Promise<BuiltImage> => {
  const dir = join(root, 'reference');
  const image = { dir, disk: join(dir, 'disk.img'), manifest: join(dir, 'image.json'), built: true };
  mkdirSync(dir);
  await using disk = await open(image.disk, 'w+');
  await disk.truncate((firstSector + sectors) * SECTOR);
  await disk.write(config, 0, config.length, at);
  const manifest = {
    title: 'guest',
    arch: 'amd64',
    disk: { sha256: 'none' },
    updatePayload: { file: UPDATE_PAYLOAD },
    bootLog: { console: 'ttyS0', kernel: true, systemd: true },
  };
  writeFileSync(image.manifest, JSON.stringify(manifest));
  writeFileSync(join(dir, UPDATE_PAYLOAD), 'the next version');
  return image;
};

it('differs in one file of the disk, has its own checksum, and brings the same update', async () => {
  const image = await builtImage(original);
  const variant = await oemVariant(image, 'packet');
  expect(variant.built).toBe(true);
  await using disk = await open(variant.disk, 'r');
  const { buffer } = await disk.read(Buffer.alloc(original.length), 0, original.length, at);
  expect(buffer.toString()).toMatch(/^set oem_id="packet"\n.*\nset linux_console="console=ttyS1,/);
  const manifest = JSON.parse(readFileSync(variant.manifest, 'utf8'));
  expect(manifest.title).toBe('guest for packet');
  expect(manifest.bootLog).toEqual({ console: 'ttyS1', kernel: true, systemd: true });
  expect(manifest.disk.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(readFileSync(join(variant.dir, manifest.updatePayload.file), 'utf8')).toBe('the next version');
  expect((await oemVariant(image, 'packet')).built).toBe(false);
});

it('says so when the disk was made from another recipe', async () => {
  const image = await builtImage(Buffer.from('set oem_id="other"\n'));
  await expect(oemVariant(image, 'packet')).rejects.toMatchObject({ code: 'oem-file' });
});
