/** Builds the reference guest's image, or finds it in the cache. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../digest.ts';
import type { Arch } from './arch.ts';
import { assembleDisk } from './assemble.ts';
import { exists, makeOnce } from './draft.ts';
import { IMITATES, referenceManifest, UPDATE_PAYLOAD, versionOf } from './manifest.ts';
import { recipeDigest, recipeDir } from './recipe.ts';
import { namesFor } from './recipe-files.ts';
import { buildTree } from './tree.ts';

export interface BuildOptions {
  readonly arch: Arch;
  /** Folder holding images, one folder each. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Build even when the cache has the image. */
  readonly force?: boolean;
}

export interface BuiltImage {
  readonly dir: string;
  readonly disk: string;
  readonly manifest: string;
  /** False when the image came from the cache. */
  readonly built: boolean;
}

export async function buildReferenceImage(options: BuildOptions): Promise<BuiltImage> {
  const recipe = await recipeDigest(options.arch);
  const name = `reference-${options.arch}-${recipe.slice(0, 12)}`;
  const dir = join(options.cacheDir, name);
  const image = { dir, disk: join(dir, 'disk.img'), manifest: join(dir, 'image.json') };
  const finished = async (): Promise<boolean> => options.force !== true && (await exists(image.manifest));
  const built = await makeOnce(dir, { ...options, finished }, (draft, workDir) =>
    buildInto(draft, workDir, recipe, options),
  );
  return { ...image, built };
}

async function buildInto(
  result: string,
  workDir: string,
  recipe: string,
  options: BuildOptions,
): Promise<void> {
  const { arch, signal } = options;
  const phase = phaseLogger(options.log);
  const version = versionOf(recipe);
  const guest = recipeDir();
  phase('installing Debian packages');
  const tree = await buildTree({
    arch,
    recipe: guest,
    workDir,
    version,
    imitates: IMITATES,
    log: options.log,
    signal,
  });
  phase('assembling the disk');
  const disk = join(result, 'disk.img');
  const payload = join(result, UPDATE_PAYLOAD);
  await assembleDisk({ arch, disk, payload, tree, workDir, recipe: guest, log: options.log, signal });
  phase('taking its checksum');
  const provides = namesFor(await readFile(join(guest, 'provides.txt'), 'utf8'), arch);
  const manifest = referenceManifest({ arch, recipe, sha256: await hashFile(disk, signal), provides });
  await writeFile(join(result, 'image.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  phase('done');
}

function phaseLogger(log: (line: string) => void): (what: string) => void {
  const start = performance.now();
  return what => log(`[${((performance.now() - start) / 1000).toFixed(0).padStart(3)} s] ${what}`);
}
