import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir, listCachedImages } from '../../image/cache.ts';
import { type Origin, readOrigin } from '../../image/release/origin.ts';
import type { CommandInput } from '../command.ts';

/** `kola image list`: what the cache has. */
export const list = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  const cached = await listCachedImages(imageCacheDir(terminal.env));
  const images = await Promise.all(
    cached.map(async image => ({ ...image, origin: (await readOrigin(image.path)) ?? null })),
  );
  if (settings.on('json')) {
    terminal.out(JSON.stringify({ images }, null, 2));
    return exitCode.passed;
  }
  if (images.length === 0) terminal.err(`no image in ${imageCacheDir(terminal.env)}`);
  for (const { name, bytes, made, title, origin } of images) {
    const day = new Date(made).toISOString().slice(0, 10);
    const what = origin === null ? (title ?? '') : describe(origin);
    terminal.out(`${name}  ${Math.round(bytes / 2 ** 20)} MiB  ${day}  ${what}`.trimEnd());
  }
  return exitCode.passed;
};

const describe = ({ channel, version, arch, file, signature }: Origin): string =>
  `${channel} ${version} ${arch} ${file}${signature === undefined ? ', NOT VERIFIED' : ''}`;
