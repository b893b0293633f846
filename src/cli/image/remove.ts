import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir, removeCachedImage } from '../../image/cache.ts';
import type { CommandInput } from '../command.ts';
import { openSnapshots } from './snapshots.ts';

/** `kola image rm NAME…`. */
export const remove = async ({ terminal }: CommandInput, names: readonly string[]): Promise<ExitCode> => {
  if (names.length === 0)
    throw new UsageError('image-name', 'kola image rm: expected the name of an image', {
      hint: 'kola image list shows them',
    });
  for (const name of names) {
    await removeCachedImage(imageCacheDir(terminal.env), name);
    terminal.out(`removed ${name}`);
  }
  // Machines that were booted from them are of no use without their disks.
  await openSnapshots(terminal, Number.POSITIVE_INFINITY).prune();
  return exitCode.passed;
};
