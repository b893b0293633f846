/** The recipe's identity: an image is rebuilt when, and only when, what it is made from changes. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { packageRoot } from '../../core/package-root.ts';
import type { Arch } from './arch.ts';

/**
 * Raise it when code in this folder changes what ends up in the image. The sources themselves are not hashed: run as .ts and
 * compiled to .js they differ, and the digest must not.
 */
export const RECIPE_VERSION = 5;

export function recipeDir(): string {
  return join(packageRoot(), 'guest');
}

/** sha256 over the recipe's files (path, whether executable, contents), the architecture and the code's version. */
export async function recipeDigest(arch: Arch, dir: string = recipeDir()): Promise<string> {
  const hash = createHash('sha256');
  hash.update(`kola reference ${RECIPE_VERSION} ${arch}\n`);
  for (const path of (await filesBelow(dir, '')).sort()) {
    if (path.endsWith('.md')) continue;
    const data = await readFile(join(dir, path));
    const executable = ((await lstat(join(dir, path))).mode & 0o100) !== 0;
    hash.update(`${path}\0${executable ? 'x' : '-'}\0${data.length}\0`).update(data);
  }
  return hash.digest('hex');
}

async function filesBelow(dir: string, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(dir, path), { withFileTypes: true })) {
    const inside = posix.join(path, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(dir, inside)));
    else found.push(inside);
  }
  return found;
}
