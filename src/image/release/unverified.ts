import type { LocalImage } from '../../core/image.ts';

/**
 * An image whose signature nobody checked, as everything that comes after sees it: not as Flatcar, so that no gate counts
 * what it shows, with a notice at the top of every report.
 */
export const asUnverified = (image: LocalImage): LocalImage => ({
  ...image,
  manifest: { ...image.manifest, kind: 'custom' },
  notice: `${image.manifest.title}: signature not verified (--insecure-image), results count for no Flatcar channel`,
});
