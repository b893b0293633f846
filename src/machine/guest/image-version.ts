import type { ImageManifest } from '../../core/image.ts';
import { compareVersions } from '../../core/version.ts';

/** Whether an image is (or imitates) this version or a later one. One whose version is unknown is taken for newest. */
export const isAtLeast = (
  { version, imitates }: Pick<ImageManifest, 'version' | 'imitates'>,
  wanted: string,
): boolean => {
  const own = imitates ?? version;
  return !/^\d/.test(own) || compareVersions(own, wanted) >= 0;
};
