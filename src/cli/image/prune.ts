import { systemClock } from '../../core/clock.ts';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir } from '../../image/cache.ts';
import { pruneImages } from '../../image/prune.ts';
import type { CommandInput } from '../command.ts';
import { cacheLimit } from '../release-images.ts';
import { listenForStop } from '../stop.ts';

const day = 24 * 3_600_000;
const mebibyte = 2 ** 20;

/** `kola image prune`: makes room in the cache, what was used longest ago first. */
export const prune = async (
  { settings, terminal }: CommandInput,
  names: readonly string[],
): Promise<ExitCode> => {
  if (names.length > 0)
    throw new UsageError('image-prune', `kola image prune: expected no arguments, found ${names.join(' ')}`, {
      hint: 'kola image rm NAME removes one',
    });
  using stop = listenForStop(terminal);
  const days = settings.integer('older-than', 0);
  const dryRun = settings.on('dry-run');
  const { removed, inUse, bytes } = await pruneImages({
    cacheDir: imageCacheDir(terminal.env),
    clock: systemClock,
    maxBytes: cacheLimit(settings),
    dryRun,
    signal: stop.signal,
    ...(days === undefined ? {} : { olderThan: days * day }),
  });
  const word = dryRun ? 'would remove' : 'removed';
  for (const image of removed)
    terminal.out(`${word} ${image.name}  ${Math.round(image.bytes / mebibyte)} MiB`);
  for (const { name } of inUse) terminal.err(`left ${name}: a running process uses it`);
  terminal.err(`${Math.round(bytes / mebibyte)} MiB stay in ${imageCacheDir(terminal.env)}`);
  return exitCode.passed;
};
