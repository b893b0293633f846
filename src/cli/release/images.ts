import { KolaError } from '../../core/errors.ts';
import type { FetchOptions } from '../../image/release/fetch.ts';
import { findRelease } from '../../image/release/release.ts';
import type { AbsentPlace } from '../../plan/matrix.ts';
import { openFound, type ReleaseImage } from '../release-images.ts';
import type { Terminal } from '../terminal.ts';
import type { ReleasePlace } from './places.ts';

export interface ImagesInput {
  readonly places: readonly ReleasePlace[];
  readonly channel: string;
  readonly version: string;
  readonly options: FetchOptions;
  readonly terminal: Terminal;
  /** Bytes that the cache may hold. */
  readonly maxBytes: number;
}

/** A place with the verified image that is tested there. */
export interface PlaceWithImage {
  readonly place: ReleasePlace;
  readonly image: ReleaseImage;
}

/** The server has no such file: a gap that the gate will see, and no reason to leave the other places untested. */
export const gap: ReadonlySet<string> = new Set(['image-absent', 'image-unnamed', 'release-absent']);

/**
 * Resolves, downloads and verifies every image before anything boots. What does not verify ends the whole: nothing of a
 * release with one bad signature is to be trusted. All architectures must be of one version.
 */
export const resolveImages = async (
  input: ImagesInput,
): Promise<{
  readonly version: string;
  readonly ready: readonly PlaceWithImage[];
  readonly absent: readonly AbsentPlace[];
}> => {
  let { version } = input;
  const ready: PlaceWithImage[] = [];
  const absent: AbsentPlace[] = [];
  for (const place of input.places) {
    const { platform, arch } = place;
    try {
      const release = await findRelease({ channel: input.channel, version, arch }, input.options);
      // `current` is asked for once: it may move on while images come down.
      version = release.version;
      const image = await openFound(release, platform.name, input.options, input.terminal, input.maxBytes);
      ready.push({ place, image });
    } catch (error) {
      if (!(error instanceof KolaError) || !gap.has(error.code)) throw error;
      absent.push({ platform: platform.name, arch, state: 'unavailable', note: error.message });
    }
  }
  return { version, ready, absent };
};
