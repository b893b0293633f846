import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { type ImageManifest, imageManifestSchema } from '../core/image.ts';

export const manifestFile = 'image.json';

/** Reads `image.json` of a folder; undefined when there is none. What does not fit the schema is a UsageError. */
export const readManifest = async (folder: string): Promise<ImageManifest | undefined> => {
  const path = join(folder, manifestFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new UsageError('manifest-unreadable', `cannot read ${path}: ${error.message}`, { cause: error });
  });
  return text === undefined ? undefined : parseManifest(text, path);
};

/** `path` is for messages. */
export const parseManifest = (text: string, path: string): ImageManifest => {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError('manifest-invalid', `${path} is not JSON: ${String(error)}`, { cause: error });
  }
  const parsed = imageManifestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const where = first === undefined || first.path.length === 0 ? 'the whole' : first.path.join('.');
  throw new UsageError(
    'manifest-invalid',
    `${path}: ${where}: ${first?.message ?? 'does not fit the schema'}`,
    {
      hint: 'the image was made by another version of kola, or edited by hand: make it again',
    },
  );
};

/** The manifest that lies beside a disk and speaks of it; one about another file of the folder does not count. */
export const manifestBeside = async (disk: string): Promise<ImageManifest | undefined> => {
  const manifest = await readManifest(dirname(disk));
  return manifest?.disk.file === basename(disk) ? manifest : undefined;
};
