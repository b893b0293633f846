import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { type CachedImage, listCachedImages } from './cache.ts';
import { forgetLeases, isLeased, lastUsed, withLock } from './lock.ts';

export interface PruneOptions {
  readonly cacheDir: string;
  readonly clock: Clock;
  /** Bytes that may stay. */
  readonly maxBytes?: number;
  /** What was not used for so many milliseconds goes. */
  readonly olderThan?: number;
  /** Names that stay whatever happens. */
  readonly keep?: ReadonlySet<string>;
  /** Says what would go, and removes nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface Pruned {
  readonly removed: readonly CachedImage[];
  /** Would have gone, but a process uses it. */
  readonly inUse: readonly CachedImage[];
  /** Bytes that stay. */
  readonly bytes: number;
}

/** A download or an unpacking that nobody went on with for so long is not resumed any more. */
const draftAge = 3 * 24 * 3_600_000;

/** Makes room: what was used longest ago goes first, what a living process uses stays. */
export const pruneImages = (options: PruneOptions): Promise<Pruned> =>
  withLock(
    join(options.cacheDir, '.locks', 'prune'),
    { clock: options.clock, ...(options.signal === undefined ? {} : { signal: options.signal }) },
    () => prune(options),
  );

const prune = async (options: PruneOptions): Promise<Pruned> => {
  const {
    cacheDir,
    clock,
    maxBytes = Number.POSITIVE_INFINITY,
    olderThan = Number.POSITIVE_INFINITY,
  } = options;
  if (options.dryRun !== true) await removeDrafts(cacheDir, clock.now());
  const images = await Promise.all(
    (await listCachedImages(cacheDir)).map(async image => ({
      image,
      used: Math.max(image.made, (await lastUsed(cacheDir, image.name)) ?? 0),
    })),
  );
  const removed: CachedImage[] = [];
  const inUse: CachedImage[] = [];
  let bytes = images.reduce((sum, { image }) => sum + image.bytes, 0);
  for (const { image, used } of images.sort((a, b) => a.used - b.used)) {
    const old = clock.now() - used > olderThan;
    if ((!old && bytes <= maxBytes) || options.keep?.has(image.name) === true) continue;
    if (await isLeased(cacheDir, image.name)) {
      inUse.push(image);
      continue;
    }
    if (options.dryRun !== true) await remove(cacheDir, image);
    removed.push(image);
    bytes -= image.bytes;
  }
  return { removed, inUse, bytes };
};

const remove = async (cacheDir: string, { name, path }: CachedImage): Promise<void> => {
  await rm(path, { recursive: true, force: true });
  await forgetLeases(cacheDir, name);
};

const removeDrafts = async (cacheDir: string, now: number): Promise<void> => {
  const names = await readdir(cacheDir).catch(() => []);
  for (const name of names.filter(one => /^\.(?:download|unpacking)-|^\..+\.build-/.test(one))) {
    const path = join(cacheDir, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts !== undefined && now - facts.mtimeMs > draftAge)
      await rm(path, { recursive: true, force: true });
  }
};
