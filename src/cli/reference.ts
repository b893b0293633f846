import type { Arch } from '../core/target.ts';
import { imageCacheDir } from '../image/cache.ts';
import { type BuiltImage, buildReferenceImage } from '../image/reference/build.ts';

export interface ReferenceOptions {
  readonly arch: Arch;
  readonly force?: boolean;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The reference guest from the cache, built first when it is not there. */
export const buildReference = (options: ReferenceOptions): Promise<BuiltImage> =>
  buildReferenceImage({ ...options, cacheDir: imageCacheDir() });
