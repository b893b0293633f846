import { UsageError } from '../../../core/errors.ts';
import { type IgnitionVersion, ignitionVersions } from '../../../core/ignition.ts';
import type { ImageManifest, UserDataKind } from '../../../core/image.ts';

/** Preferred when the scenario is about no version in particular. */
const preferred: IgnitionVersion = '3.3';

const isAccepted = (version: IgnitionVersion, kinds: readonly UserDataKind[]): boolean =>
  kinds.some(kind => kind === `ignition-${version}`);

/** The versions an image takes, nearest to what the scenario is about first; of two as near the newer one. */
export const rankVersions = (
  about: IgnitionVersion | undefined,
  kinds: ImageManifest['userData'],
): readonly IgnitionVersion[] => {
  const wanted = ignitionVersions.indexOf(about ?? preferred);
  const distance = (version: IgnitionVersion): number => Math.abs(ignitionVersions.indexOf(version) - wanted);
  return ignitionVersions
    .filter(version => isAccepted(version, kinds))
    .sort((a, b) => distance(a) - distance(b) || ignitionVersions.indexOf(b) - ignitionVersions.indexOf(a));
};

/** The version to write for an image. Throws when the image takes no Ignition at all. */
export const pickVersion = (
  about: IgnitionVersion | undefined,
  kinds: ImageManifest['userData'],
): IgnitionVersion => {
  const [best] = rankVersions(about, kinds);
  if (best === undefined)
    throw new UsageError(
      'user-data-not-accepted',
      `the image takes no version of Ignition; it takes ${kinds.join(', ') || 'no user-data'}`,
    );
  return best;
};
