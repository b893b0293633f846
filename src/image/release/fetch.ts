import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KolaError, UsageError } from '../../core/errors.ts';
import { lease, withLock } from '../lock.ts';
import { manifestFile } from '../manifest.ts';
import { sha512In } from './digests-file.ts';
import { download, type Progress } from './download.ts';
import { getBytes, getText } from './http.ts';
import { type Origin, readOrigin, writeOrigin } from './origin.ts';
import { placePayloadKey } from './payload-key.ts';
import { askOptions, type FoundRelease, type ReleaseContext, sourceIn, withKeys } from './release.ts';
import { examine, type FileSums, type SignedBy, verifyBytes } from './signature.ts';

/** An image of a release on this machine, packed as the server has it, and verified. */
export interface FetchedImage {
  /** Absolute path of the file. */
  readonly path: string;
  readonly folder: string;
  readonly origin: Origin;
  /** It was in the cache; its signature was verified again. */
  readonly cached: boolean;
}

export interface FetchOptions extends ReleaseContext {
  readonly connections?: number;
  readonly pieceBytes?: number;
  readonly onProgress?: (progress: Progress) => void;
}

const smallFile = 256 * 2 ** 10;

/** The files that may be a platform's image, with the prefix of the release. */
export const filesFor = ({ servers: { files } }: ReleaseContext, platform: string): readonly string[] => {
  const names = Object.hasOwn(files.images, platform) ? files.images[platform] : undefined;
  if (names !== undefined) return names.map(name => `${files.prefix}${name}`);
  throw new UsageError('image-unnamed', `no image file of a release is known for platform ${platform}`, {
    hint: 'name it under files: images: in --release-servers, or give --image=FILE',
  });
};

/**
 * Downloads and verifies a platform's image, or finds it in the cache, where it is kept under its digest. Processes that
 * want the same one wait for each other. Nothing is returned that was not verified, unless `insecure` was asked for.
 */
export const fetchImage = async (
  release: FoundRelease,
  platform: string,
  options: FetchOptions,
): Promise<FetchedImage> => {
  const files = filesFor(options, platform);
  const found = await fetchFirst(release, files, options);
  if (found !== undefined) return found;
  const { url } = release.place;
  throw new UsageError('image-absent', `${url} has no image for ${platform}: ${files.join(', ')}`, {
    hint: 'give --image=FILE, or leave the platform out',
  });
};

/** The update that machines of an older version install to become this one; signed and kept as images are. */
export const fetchPayload = async (release: FoundRelease, options: FetchOptions): Promise<FetchedImage> => {
  const { payloads } = options.servers.files;
  const found = await fetchFirst(release, payloads, options);
  if (found !== undefined) {
    await placePayloadKey(found.path, found.origin.file, options);
    return found;
  }
  throw new UsageError(
    'payload-absent',
    `${release.place.url} has no update payload: ${payloads.join(', ') || 'no file is named for it'}`,
    { hint: 'give --update-payload=FILE; without a payload, update scenarios are skipped and not passed' },
  );
};

/** The first of these files that the server has. */
const fetchFirst = async (
  release: FoundRelease,
  files: readonly string[],
  options: FetchOptions,
): Promise<FetchedImage | undefined> => {
  for (const file of files) {
    const key = keyOf(release, file, options);
    const found = await withLock(
      join(options.cacheDir, '.locks', key),
      {
        clock: options.clock,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onWait: owner => options.log(`Waiting for process ${owner}, which downloads ${file}`),
      },
      async () => (await fromCache(key, options)) ?? (await fromServer(release, file, key, options)),
    );
    if (found !== undefined) return found;
  }
  return undefined;
};

/** One name for one file of one release, however the server is reached; what is not verified has a name of its own. */
const keyOf = (
  { place, channel, version, arch }: FoundRelease,
  file: string,
  { insecure }: FetchOptions,
): string => {
  const parts = [place.server.name, place.server.base, channel, version, arch, file, insecure === true];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
};

const indexPath = (options: FetchOptions, key: string): string => join(options.cacheDir, '.releases', key);

const fromCache = async (key: string, options: FetchOptions): Promise<FetchedImage | undefined> => {
  const name = await readFile(indexPath(options, key), 'utf8').catch(() => undefined);
  if (name === undefined || !/^(release|insecure)-[0-9a-f]{16}$/.test(name)) return undefined;
  const folder = join(options.cacheDir, name);
  await lease(options.cacheDir, name);
  const origin = await readOrigin(folder);
  if (origin === undefined) return undefined;
  const path = join(folder, origin.file);
  try {
    await verifyFetched(folder, origin, options);
  } catch (error) {
    if (!(error instanceof KolaError) || error.code !== 'cache-damaged') throw error;
    options.log(`Downloading again: ${error.message}`);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  return { path, folder, origin, cached: true };
};

/**
 * Reads a cached image again and holds it against its digest and, unless it was never signed, against its signature and
 * today's keys. Throws `cache-damaged` when bytes changed, and what {@link examine} throws.
 */
export const verifyFetched = async (
  folder: string,
  origin: Origin,
  context: ReleaseContext,
): Promise<SignedBy | undefined> => {
  const path = join(folder, origin.file);
  const size = await stat(path).then(
    facts => facts.size,
    () => undefined,
  );
  if (size !== origin.bytes)
    throw new UsageError(
      'cache-damaged',
      `${path}: expected ${origin.bytes} bytes, found ${size ?? 'no file'}`,
    );
  const signature =
    origin.signature === undefined ? undefined : await readFile(`${path}.sig`).catch(() => undefined);
  if (origin.signature !== undefined && signature === undefined)
    throw new UsageError('cache-damaged', `${path}.sig is gone`);
  const { sums, signedBy } = await examineWith(path, signature, context);
  if (sums.sha256 !== origin.sha256)
    throw new UsageError('cache-damaged', `${path}: expected ${origin.sha256}, found ${sums.sha256}`);
  return signedBy;
};

const examineWith = (
  path: string,
  signature: Uint8Array | undefined,
  context: ReleaseContext,
): Promise<{ readonly sums: FileSums; readonly signedBy: SignedBy | undefined }> =>
  signature === undefined
    ? examine(path, undefined, context.signal)
    : withKeys(context, keys => examine(path, { signature, keys }, context.signal));

const fromServer = async (
  release: FoundRelease,
  file: string,
  key: string,
  options: FetchOptions,
): Promise<FetchedImage | undefined> => {
  const draft = join(options.cacheDir, `.download-${key}`);
  await mkdir(draft, { recursive: true });
  const path = join(draft, file);
  const source = sourceIn(release.place, file, options);
  // What came whole, and could not be vouched for because the network went away, need not come again.
  const whole = await stat(path).catch(() => undefined);
  const loaded = whole === undefined ? await download(source, path, options) : { resumed: whole.size };
  if (loaded === undefined) {
    await rm(draft, { recursive: true, force: true });
    return undefined;
  }
  if (loaded.resumed > 0)
    options.log(`Resumed ${file} after ${Math.round(loaded.resumed / 2 ** 20)} MiB of an earlier download`);
  try {
    const origin = await vouchFor(release, file, path, options);
    await writeManifest(release, draft, options);
    await writeOrigin(draft, origin);
    await writeFile(join(draft, 'version.txt'), `FLATCAR_VERSION=${release.version}\n`);
    return { ...(await settle(draft, origin, key, options)), origin, cached: false };
  } catch (error) {
    // Bytes that nobody vouches for are not kept, not even to be completed later.
    if (error instanceof UsageError) await rm(draft, { recursive: true, force: true });
    throw error;
  }
};

const vouchFor = async (
  release: FoundRelease,
  file: string,
  path: string,
  options: FetchOptions,
): Promise<Origin> => {
  const { place, channel, version, arch } = release;
  const signature = options.insecure === true ? undefined : await signatureOf(release, file, options);
  if (signature !== undefined) await writeFile(`${path}.sig`, signature);
  const { sums, signedBy } = await examineWith(path, signature, options);
  if (options.insecure !== true) await checkDigests(release, file, sums, options);
  return {
    schema: 1,
    server: place.server.name,
    url: `${place.url}${file}`,
    channel,
    version,
    arch,
    file,
    ...sums,
    fetched: new Date(options.clock.now()).toISOString(),
    embargoed: place.server.embargoed,
    ...(signedBy === undefined ? {} : { signature: { ...signedBy } }),
  };
};

const signatureOf = async (
  { place }: FoundRelease,
  file: string,
  options: FetchOptions,
): Promise<Uint8Array> => {
  const found = await getBytes(sourceIn(place, `${file}.sig`, options), smallFile, askOptions(options));
  if (found !== undefined) return found;
  throw new UsageError('signature-absent', `${place.url}${file} has no signature: there is no ${file}.sig`, {
    hint: '--insecure-image runs it all the same, and its results count for nothing',
  });
};

/**
 * A detached signature does not say which file it is of: the signed list of digests does, so that no image can stand in
 * for another platform's.
 */
const checkDigests = async (
  { place }: FoundRelease,
  file: string,
  sums: FileSums,
  options: FetchOptions,
): Promise<void> => {
  const name = `${file}.DIGESTS`;
  const [list, signature] = await Promise.all([
    getBytes(sourceIn(place, name, options), smallFile, askOptions(options)),
    getBytes(sourceIn(place, `${name}.sig`, options), smallFile, askOptions(options)),
  ]);
  const where = `${place.url}${name}`;
  if (list === undefined || signature === undefined)
    throw new UsageError('digests-absent', `there is no ${where}${list === undefined ? '' : '.sig'}`, {
      hint: '--insecure-image runs the image all the same, and its results count for nothing',
    });
  await withKeys(options, keys => verifyBytes(list, signature, keys, where));
  const said = sha512In(Buffer.from(list).toString('utf8'), file, where);
  if (said !== sums.sha512)
    throw new UsageError(
      'digest-wrong',
      `${place.url}${file} is not the file of its DIGESTS: expected SHA-512 ${said.slice(0, 16)}…, found ${sums.sha512.slice(0, 16)}…`,
      { hint: 'another signed file was put in its place' },
    );
};

/** What images that are not Flatcar's say of themselves; signed like everything else. */
const writeManifest = async (
  { place }: FoundRelease,
  draft: string,
  options: FetchOptions,
): Promise<void> => {
  const { manifest } = options.servers.files;
  if (manifest === undefined) return;
  const [text, signature] = await Promise.all([
    getBytes(sourceIn(place, manifest, options), smallFile, askOptions(options)),
    getBytes(sourceIn(place, `${manifest}.sig`, options), smallFile, askOptions(options)),
  ]);
  if (text === undefined) return;
  const where = `${place.url}${manifest}`;
  if (options.insecure !== true) {
    if (signature === undefined) throw new UsageError('signature-absent', `${where} has no signature`);
    await withKeys(options, keys => verifyBytes(text, signature, keys, where));
  }
  await writeFile(join(draft, manifestFile), text);
};

const settle = async (
  draft: string,
  origin: Origin,
  key: string,
  options: FetchOptions,
): Promise<{ readonly path: string; readonly folder: string }> => {
  const kind = origin.signature === undefined ? 'insecure' : 'release';
  const name = `${kind}-${origin.sha256.slice('sha256:'.length, 'sha256:'.length + 16)}`;
  const folder = join(options.cacheDir, name);
  await lease(options.cacheDir, name);
  const same = await readOrigin(folder);
  if (same?.file === origin.file && same.version === origin.version) {
    // The same bytes, which another process may be reading, were downloaded for another channel or server before.
    await rm(draft, { recursive: true, force: true });
  } else {
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  await mkdir(join(options.cacheDir, '.releases'), { recursive: true });
  await writeFile(indexPath(options, key), name);
  return { path: join(folder, origin.file), folder };
};

/** The list of packages in a build, one per line; undefined when the server has none. */
export const packagesOf = async (
  release: FoundRelease,
  context: ReleaseContext,
): Promise<readonly string[] | undefined> => {
  const { packages, prefix } = context.servers.files;
  if (packages === undefined) return undefined;
  const text = await getText(
    sourceIn(release.place, `${prefix}${packages}`, context),
    4 * 2 ** 20,
    askOptions(context),
  );
  return text
    ?.split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
};
