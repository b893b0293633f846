import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageCacheDir, listCachedImages, removeCachedImage } from '../../../src/image/cache.ts';
import { scratch } from './disk-fixtures.ts';

describe('imageCacheDir', () => {
  it('follows the XDG rules', () => {
    expect(imageCacheDir({ XDG_CACHE_HOME: '/x' })).toBe('/x/kola/images');
    expect(imageCacheDir({})).toBe(join(homedir(), '.cache/kola/images'));
    expect(imageCacheDir({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache/kola/images'));
  });
});

describe('the cache', () => {
  const filled = (): string => {
    const folder = scratch();
    for (const name of ['b', 'a', '.unfinished']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'disk.img'), Buffer.alloc(8192, 1));
    }
    writeFileSync(join(folder, 'stray'), 'x');
    return folder;
  };

  it('lists finished images by name', async () => {
    const images = await listCachedImages(filled());
    expect(images.map(image => image.name)).toEqual(['a', 'b']);
    expect(images[0]?.bytes).toBeGreaterThanOrEqual(8192);
  });

  it('is empty when it is not there', async () => {
    expect(await listCachedImages('/nowhere/at/all')).toEqual([]);
  });

  it('removes by name, and nothing else', async () => {
    const folder = filled();
    await removeCachedImage(folder, 'a');
    expect(existsSync(join(folder, 'a'))).toBe(false);
    for (const name of ['a', '..', '.', 'b/../b', '/etc', '.unfinished'])
      await expect(removeCachedImage(folder, name), name).rejects.toMatchObject({ code: 'image-not-cached' });
    expect((await listCachedImages(folder)).map(image => image.name)).toEqual(['b']);
  });
});
