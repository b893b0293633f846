import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { hostArch } from '../choose-platforms.ts';
import type { CommandInput } from '../command.ts';
import { channelOf } from '../options/selection.ts';
import { boardsOf } from '../options/values.ts';
import { cacheLimit, fetchOptions, openReleaseImage, wishOf } from '../release-images.ts';
import { listenForStop } from '../stop.ts';

/** `kola image get PLATFORM…`: downloads and verifies images of a release; prints the path of each disk. */
export const get = async (
  { settings, terminal }: CommandInput,
  names: readonly string[],
): Promise<ExitCode> => {
  if (names.length === 0)
    throw new UsageError('image-platform', 'kola image get: expected platforms, found nothing', {
      hint: 'such as kola image get qemu --channel=beta',
    });
  using stop = listenForStop(terminal);
  const options = await fetchOptions(settings, terminal, stop.signal);
  const boards = boardsOf(settings);
  for (const arch of boards.length === 0 ? [hostArch()] : boards) {
    const wish = wishOf(settings, arch, channelOf(settings));
    for (const platform of names) {
      const { image } = await openReleaseImage(wish, platform, options, terminal, cacheLimit(settings));
      terminal.out(image.disk);
    }
  }
  return exitCode.passed;
};
