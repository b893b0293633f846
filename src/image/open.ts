import { open as openFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import type { ImageManifest, LocalImage } from '../core/image.ts';
import type { Arch } from '../core/target.ts';
import { detectForm } from './detect.ts';
import { fileDigest } from './digest.ts';
import { readAt } from './disk-reader.ts';
import { guessManifest, versionBeside } from './flatcar.ts';
import { type DiskFacts, inspectDisk } from './inspect.ts';
import { lease } from './lock.ts';
import { manifestBeside, manifestFile, readManifest } from './manifest.ts';
import { unpackImage } from './unpack.ts';

export interface OpenImageOptions {
  /** A disk image, raw or qcow2, packed with bzip2 or gzip or not; or a folder with an `image.json`. */
  readonly path: string;
  /** The architecture the caller is going to boot. */
  readonly arch: Arch;
  /** Where unpacked images and digests are kept, see {@link import('./cache.ts').imageCacheDir}. */
  readonly cacheDir: string;
  /** For images without a manifest: `--channel` and `--image-version`. */
  readonly channel?: string;
  readonly version?: string;
  /** `--update-payload`: wins over the one that lies beside the disk. */
  readonly updatePayload?: string;
  /** What the image says of itself, from elsewhere; one that lies beside the disk wins. */
  readonly manifest?: ImageManifest;
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * Makes a checked {@link LocalImage} of what the caller pointed at. Everything that cannot boot is refused here,
 * as a UsageError, before any machine exists.
 */
export const openLocalImage = async (options: OpenImageOptions): Promise<LocalImage> => {
  const given = await findDisk(resolve(options.path));
  const disk = await unpackWhenPacked(given, options);
  await leaseWhenCached(disk, options.cacheDir);
  const facts = await inspectDisk(disk);
  const digest = await fileDigest(disk, options.cacheDir, options.signal);
  const written = (await manifestBeside(disk)) ?? options.manifest;
  const manifest = written ?? (await manifestFor(given, disk, facts, digest, options));
  checkDigest(disk, digest, written);
  checkArch(disk, manifest.arch, facts.arch, options.arch);
  if (manifest.version === 'unknown')
    options.log(
      `Taking ${disk} for the newest version: there is no version.txt beside it and no --image-version`,
    );
  const updatePayload = await findPayload(disk, manifest, options.updatePayload);
  return {
    manifest,
    disk,
    format: facts.format,
    digest,
    notice: noticeFor(manifest),
    ...(updatePayload === undefined ? {} : { updatePayload }),
  };
};

const findPayload = async (
  disk: string,
  { updatePayload }: ImageManifest,
  given: string | undefined,
): Promise<string | undefined> => {
  const beside = updatePayload === undefined ? undefined : join(dirname(disk), updatePayload.file);
  const path = given === undefined ? beside : resolve(given);
  if (path === undefined) return undefined;
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() === true) return path;
  throw new UsageError('payload-missing', `there is no update payload ${path}`, {
    hint: given === undefined ? 'make or fetch the image again' : 'see --update-payload',
  });
};

const findDisk = async (path: string): Promise<string> => {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? new UsageError('image-missing', `there is no image ${path}`, { hint: 'see --image' })
      : new UsageError('image-unreadable', `cannot read the image ${path}: ${error.message}`, {
          cause: error,
        });
  });
  if (facts.isDirectory()) {
    const manifest = await readManifest(path);
    if (manifest !== undefined) return findDisk(join(path, manifest.disk.file));
    throw new UsageError('image-is-folder', `${path} is a folder without ${manifestFile}, not a disk image`, {
      hint: 'give the disk file itself',
    });
  }
  if (!facts.isFile()) throw new UsageError('image-not-file', `${path} is not a regular file`);
  if (facts.size === 0)
    throw new UsageError('image-empty', `the image ${path} is empty`, { hint: 'fetch it again' });
  return path;
};

const unpackWhenPacked = async (path: string, options: OpenImageOptions): Promise<string> => {
  const form = await readForm(path);
  return form === 'bzip2' || form === 'gzip' || form === 'zip' ? unpackImage(path, form, options) : path;
};

/** What lies in the cache is pruned when it gets too large, and must not be while somebody boots from it. */
const leaseWhenCached = async (disk: string, cacheDir: string): Promise<void> => {
  const [name = ''] = relative(cacheDir, dirname(disk)).split('/');
  if (name === '' || name === '..') return;
  // A cache that cannot be written to cannot be pruned either.
  await lease(cacheDir, name).catch(() => {});
};

const readForm = async (path: string): Promise<ReturnType<typeof detectForm>> => {
  try {
    await using file = await openFile(path, 'r');
    return detectForm(await readAt(file, 0, 1024));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError('image-unreadable', `cannot read the image ${path}: ${why}`, { cause: error });
  }
};

/** `given` is the file the caller named: version.txt lies beside it, not beside the unpacked disk. */
const manifestFor = async (
  given: string,
  disk: string,
  facts: DiskFacts,
  digest: string,
  options: OpenImageOptions,
): Promise<ImageManifest> =>
  guessManifest({
    disk,
    facts,
    digest,
    arch: facts.arch ?? options.arch,
    version: options.version ?? (await versionBeside(given)),
    channel: options.channel,
  });

const checkDigest = (disk: string, digest: string, manifest: ImageManifest | undefined): void => {
  if (manifest === undefined || digest === `sha256:${manifest.disk.sha256.replace('sha256:', '')}`) return;
  throw new UsageError(
    'image-changed',
    `${disk} is not the disk that its ${manifestFile} describes: expected sha256 ${manifest.disk.sha256}, found ${digest.replace('sha256:', '')}`,
    { hint: 'make or fetch the image again; something wrote to it' },
  );
};

const checkArch = (disk: string, said: Arch, seen: Arch | undefined, wanted: Arch): void => {
  const own = seen ?? said;
  if (own === wanted) return;
  throw new UsageError('image-arch', `${disk} is an image for ${own}, but ${wanted} was asked for`, {
    hint: `add --board=${own}-usr, or give an image for ${wanted}`,
  });
};

const noticeFor = (manifest: ImageManifest): string | undefined => {
  if (manifest.kind === 'flatcar') return undefined;
  return `${manifest.title}: not a Flatcar release, results count for no Flatcar channel`;
};
