import { KolaError, UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir, listCachedImages } from '../../image/cache.ts';
import { verifyFetched } from '../../image/release/fetch.ts';
import { readOrigin } from '../../image/release/origin.ts';
import type { CommandInput } from '../command.ts';
import { fetchOptions } from '../release-images.ts';
import { listenForStop } from '../stop.ts';

/** `kola image verify [NAME…]`: reads images of releases again and checks digest and signature; 1 = one is not good. */
export const verify = async (
  { settings, terminal }: CommandInput,
  names: readonly string[],
): Promise<ExitCode> => {
  using stop = listenForStop(terminal);
  const options = await fetchOptions(settings, terminal, stop.signal);
  const cached = await listCachedImages(imageCacheDir(terminal.env));
  for (const name of names)
    if (!cached.some(image => image.name === name))
      throw new UsageError('image-not-cached', `there is no image ${name} in ${options.cacheDir}`);
  let worst: ExitCode = exitCode.passed;
  for (const { name, path } of cached.filter(image => names.length === 0 || names.includes(image.name))) {
    const origin = await readOrigin(path);
    if (origin === undefined) {
      // The reference guest and unpacked disks were not downloaded: their manifests and digests are checked when they are used.
      if (names.includes(name))
        terminal.out(`${name}  not downloaded from a release server: nothing to verify`);
      continue;
    }
    const what = `${name}  ${origin.channel} ${origin.version} ${origin.arch} ${origin.file}`;
    try {
      const signedBy = await verifyFetched(path, origin, options);
      if (signedBy === undefined) worst = exitCode.failed;
      terminal.out(
        `${what}: ${signedBy === undefined ? 'NOT VERIFIED, nobody vouches for it' : `good, signed by ${signedBy.key}`}`,
      );
    } catch (error) {
      if (!(error instanceof KolaError)) throw error;
      worst = exitCode.failed;
      terminal.out(`${what}: BAD: ${error.message}`);
    }
  }
  return worst;
};
