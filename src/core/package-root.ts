import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/**
 * The folder that holds kola's own package.json, whether this file runs from `src/` or from `dist/src/`.
 * `guest/` and `policy/` are data and lie there, not in `dist/`.
 */
export const packageRoot = (): string => {
  if (found !== undefined) return found;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isKolaPackage(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of kola above ${import.meta.url}`);
    folder = parent;
  }
  found = folder;
  return folder;
};

const isKolaPackage = (path: string): boolean => {
  if (!existsSync(path)) return false;
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'kola';
};

/** Folder of the running code: the package root when run from source, `dist/` when compiled. */
export const codeRoot = (): string => dirname(dirname(dirname(fileURLToPath(import.meta.url))));
