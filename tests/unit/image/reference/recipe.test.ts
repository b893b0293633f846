import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMITATES, referenceManifest, versionOf } from '../../../../src/image/reference/manifest.ts';
import { recipeDigest } from '../../../../src/image/reference/recipe.ts';
import { listLines, modulesFor, namesFor, pairLines } from '../../../../src/image/reference/recipe-files.ts';

describe('recipeDigest', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kola-recipe-'));
    await mkdir(join(dir, 'overlay'));
    await writeFile(join(dir, 'packages.txt'), 'bash\n');
    await writeFile(join(dir, 'overlay', 'tool'), '#!/bin/sh\n', { mode: 0o644 });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('stays the same while nothing changes, and ignores documentation', async () => {
    const before = await recipeDigest('amd64', dir);
    await writeFile(join(dir, 'README.md'), 'words');
    expect(await recipeDigest('amd64', dir)).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with contents, names, the executable bit and the architecture', async () => {
    const seen = new Set([await recipeDigest('amd64', dir), await recipeDigest('arm64', dir)]);
    await chmod(join(dir, 'overlay', 'tool'), 0o755);
    seen.add(await recipeDigest('amd64', dir));
    await writeFile(join(dir, 'packages.txt'), 'bash\ncurl\n');
    seen.add(await recipeDigest('amd64', dir));
    await writeFile(join(dir, 'overlay', 'other'), '');
    seen.add(await recipeDigest('amd64', dir));
    expect(seen.size).toBe(5);
  });
});

describe('the recipe lists', () => {
  it('drop comments and blank lines', () => {
    expect(listLines('# head\na # why\n\n  b\nc#d\n')).toEqual(['a', 'b', 'c#d']);
  });
  it('keep names of the architecture', () => {
    expect(namesFor('a\nb [arm64]\nc [amd64] # why\n', 'amd64')).toEqual(['a', 'c']);
    expect(() => namesFor('a b\n', 'amd64')).toThrow(
      'expected a name, and perhaps [amd64] or [arm64]: "a b"',
    );
  });
  it('read pairs and refuse anything else', () => {
    expect(pairLines('x y\n')).toEqual([{ left: 'x', right: 'y' }]);
    expect(() => pairLines('x y z\n')).toThrow('two words');
  });
  it('read modules with their flags', () => {
    expect(modulesFor('a load\nb amd64\nc arm64 load\n', 'amd64')).toEqual([
      { name: 'a', load: true },
      { name: 'b', load: false },
    ]);
  });
});

describe('the manifest', () => {
  it('never passes for Flatcar', () => {
    const recipe = 'a'.repeat(64);
    const manifest = referenceManifest({
      arch: 'amd64',
      recipe,
      sha256: 'b'.repeat(64),
      provides: ['docker'],
    });
    expect(manifest).toMatchObject({
      schema: 1,
      kind: 'reference',
      osRelease: { id: 'kola-reference' },
      imitates: IMITATES,
      channel: 'reference',
      version: '0.1.0+aaaaaaaaaaaa',
      disk: { file: 'disk.img', format: 'raw' },
      usrHash: { where: 'esp-file', path: '/flatcar/usr-a.cfg' },
      firmware: ['bios', 'uefi'],
    });
    expect(manifest.title).toContain('not Flatcar');
    expect(versionOf(recipe)).toBe(manifest.version);
  });
  it('says how SELinux is switched on, where it is there', () => {
    const selinuxOf = (...provides: readonly string[]) =>
      referenceManifest({ arch: 'amd64', recipe: 'a'.repeat(64), sha256: '', provides }).selinux;
    expect(selinuxOf('docker')).toEqual({ policy: 'none', enforcing: false });
    expect(selinuxOf('selinux').kernelArguments).toEqual(['security=selinux']);
  });
  it('knows what arm64 has instead', () => {
    const manifest = referenceManifest({ arch: 'arm64', recipe: 'a'.repeat(64), sha256: '', provides: [] });
    expect(manifest.firmware).toEqual(['uefi']);
    expect(manifest.bootLog.console).toBe('ttyAMA0');
  });
});
