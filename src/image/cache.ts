import { readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { readManifest } from './manifest.ts';

/** `$XDG_CACHE_HOME/kola/images`. */
export const imageCacheDir = (env: NodeJS.ProcessEnv = process.env): string => {
  const base = env.XDG_CACHE_HOME;
  // The XDG specification says that relative paths are to be ignored.
  return join(base?.startsWith('/') === true ? base : join(homedir(), '.cache'), 'kola', 'images');
};

export interface CachedImage {
  /** Folder name in the cache: what `kola image rm` takes. */
  readonly name: string;
  readonly path: string;
  /** Bytes on disk, holes not counted. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** From its manifest, when it has one that can be read. */
  readonly title: string | undefined;
}

/** Images in the cache, by name. Unfinished ones (names with a leading dot) do not count. */
export const listCachedImages = async (cacheDir: string): Promise<readonly CachedImage[]> => {
  const entries = await readdir(cacheDir, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(entry => entry.name);
  return Promise.all(names.sort().map(name => describe(cacheDir, name)));
};

const describe = async (cacheDir: string, name: string): Promise<CachedImage> => {
  const path = join(cacheDir, name);
  const files = await readdir(path).catch(() => []);
  const sizes = await Promise.all(
    files.map(file =>
      stat(join(path, file)).then(
        facts => facts.blocks * 512,
        () => 0,
      ),
    ),
  );
  const manifest = await readManifest(path).catch(() => undefined);
  const made = await stat(path).then(
    facts => facts.mtimeMs,
    () => 0,
  );
  return { name, path, bytes: sizes.reduce((sum, size) => sum + size, 0), made, title: manifest?.title };
};

/** Removes one image. Names only, so that nothing outside the cache can be reached. */
export const removeCachedImage = async (cacheDir: string, name: string): Promise<void> => {
  const known = await listCachedImages(cacheDir);
  const found = known.find(image => image.name === name);
  if (found === undefined)
    throw new UsageError('image-not-cached', `there is no image ${name} in ${cacheDir}`, {
      hint:
        known.length === 0 ? 'the cache is empty' : `there are: ${known.map(image => image.name).join(', ')}`,
    });
  await rm(found.path, { recursive: true, force: true });
};
