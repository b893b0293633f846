import type { Arch } from '../core/target.ts';
import { imageCacheDir } from '../image/cache.ts';
import { type BuiltImage, buildReferenceImage } from '../image/reference/build.ts';
import { oemVariant } from '../image/reference/oem.ts';

export interface ReferenceOptions {
  readonly arch: Arch;
  /** The platform that the image is for; default QEMU. */
  readonly oem?: string;
  readonly force?: boolean;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The reference guest from the cache, built first when it is not there. */
export const buildReference = async (options: ReferenceOptions): Promise<BuiltImage> => {
  const { oem, ...build } = options;
  const image = await buildReferenceImage({ ...build, cacheDir: imageCacheDir() });
  return oem === undefined ? image : oemVariant(image, oem, options.signal);
};
