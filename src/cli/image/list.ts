import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir, listCachedImages } from '../../image/cache.ts';
import type { CommandInput } from '../command.ts';

/** `kola image list`: what the cache has. */
export const list = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  const images = await listCachedImages(imageCacheDir(terminal.env));
  if (settings.on('json')) {
    terminal.out(JSON.stringify({ images }, null, 2));
    return exitCode.passed;
  }
  if (images.length === 0) terminal.err(`no image in ${imageCacheDir(terminal.env)}`);
  for (const { name, bytes, made, title } of images) {
    const day = new Date(made).toISOString().slice(0, 10);
    terminal.out(`${name}  ${Math.round(bytes / 2 ** 20)} MiB  ${day}  ${title ?? ''}`.trimEnd());
  }
  return exitCode.passed;
};
