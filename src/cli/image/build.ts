import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir } from '../../image/cache.ts';
import { hostArch } from '../choose-platforms.ts';
import type { CommandInput } from '../command.ts';
import { boardsOf } from '../options/values.ts';
import { buildReference } from '../reference.ts';
import { listenForStop } from '../stop.ts';

/** `kola image build reference`. */
export const build = async (
  { settings, terminal }: CommandInput,
  names: readonly string[],
): Promise<ExitCode> => {
  const [name = 'reference', ...more] = names;
  if (name !== 'reference' || more.length > 0)
    throw new UsageError('image-recipe', `kola image build: expected reference, found ${names.join(' ')}`);
  const asked = boardsOf(settings);
  const oem = settings.text('oem');
  if (oem !== undefined && !/^[a-z]{1,20}$/.test(oem))
    throw settings.wrong('oem', 'the id of a platform, such as aws');
  using stop = listenForStop(terminal);
  for (const arch of asked.length === 0 ? [hostArch()] : asked) {
    terminal.err(`Looking for the reference guest (${arch}) in ${imageCacheDir(terminal.env)}`);
    const image = await buildReference({
      arch,
      ...(oem === undefined ? {} : { oem }),
      force: settings.on('force'),
      log: terminal.err,
      signal: stop.signal,
    });
    terminal.out(image.disk);
  }
  return exitCode.passed;
};
