import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ImageManifest } from '../core/image.ts';
import type { Arch } from '../core/target.ts';
import type { Settings } from './settings/settings.ts';

/**
 * The manifest that `kola list` judges by, without opening, fetching or building an image: the one beside
 * `--image`, or the recipe's for the reference guest. Undefined = no image was named, or it says nothing of itself.
 */
export const manifestForListing = async (
  settings: Settings,
  arch: Arch,
  cwd: string,
): Promise<ImageManifest | undefined> => {
  const image = settings.text('image');
  if (image === undefined) return undefined;
  if (image === 'reference') return referenceManifestFor(arch);
  const path = resolve(cwd, image);
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) throw settings.wrong('image', 'a file, or "reference"', `there is no ${path}`);
  const { manifestBeside, readManifest } = await import('../image/manifest.ts');
  return facts.isDirectory() ? readManifest(path) : manifestBeside(path);
};

const referenceManifestFor = async (arch: Arch): Promise<ImageManifest> => {
  const { readFile } = await import('node:fs/promises');
  const [{ referenceManifest }, { recipeDigest, recipeDir }, { namesFor }, { parseManifest }] =
    await Promise.all([
      import('../image/reference/manifest.ts'),
      import('../image/reference/recipe.ts'),
      import('../image/reference/recipe-files.ts'),
      import('../image/manifest.ts'),
    ]);
  const listing = join(recipeDir(), 'provides.txt');
  const provides = namesFor(await readFile(listing, 'utf8'), arch);
  // The disk may not exist yet: nothing that selection looks at depends on its digest.
  const manifest = referenceManifest({ arch, recipe: await recipeDigest(arch), sha256: '', provides });
  return parseManifest(JSON.stringify(manifest), dirname(listing));
};
