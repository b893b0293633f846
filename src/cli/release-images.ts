import { resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { type KolaError, UsageError } from '../core/errors.ts';
import type { LocalImage } from '../core/image.ts';
import type { Arch } from '../core/target.ts';
import { channelOfVersion, isReleaseBuild } from '../core/version.ts';
import { imageCacheDir } from '../image/cache.ts';
import { readManifest } from '../image/manifest.ts';
import { openLocalImage } from '../image/open.ts';
import { pruneImages } from '../image/prune.ts';
import { type FetchedImage, type FetchOptions, fetchImage, fetchPayload } from '../image/release/fetch.ts';
import type { ReleaseWish } from '../image/release/locate.ts';
import { type FoundRelease, findRelease } from '../image/release/release.ts';
import { loadReleaseServers, releaseServersFile, withBase } from '../image/release/servers.ts';
import { asUnverified } from '../image/release/unverified.ts';
import { downloadProgress } from './download-progress.ts';
import type { Settings } from './settings/settings.ts';
import type { Terminal } from './terminal.ts';

/** The settings of {@link import('./options/release.ts').releaseImageOptions} as downloads take them. */
export const fetchOptions = async (
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<FetchOptions> => {
  const asked = settings.text('release-servers');
  const serversFile = asked === undefined ? releaseServersFile() : resolve(terminal.cwd, asked);
  const bases = [
    ['release', settings.text('release-url')],
    ['bincache', settings.text('bincache-url')],
  ] as const;
  let servers = await loadReleaseServers(serversFile);
  for (const [name, base] of bases) if (base !== undefined) servers = withBase(servers, name, base);
  const keyFile = settings.text('image-key');
  const insecure = settings.on('insecure-image');
  if (insecure)
    terminal.err('--insecure-image: SIGNATURES ARE NOT VERIFIED, and results count for no Flatcar channel');
  return {
    servers,
    serversFile,
    insecure,
    signal,
    cacheDir: imageCacheDir(terminal.env),
    env: terminal.env,
    clock: systemClock,
    connections: settings.integer('connections', 1) ?? 4,
    log: line => terminal.err(line),
    ...(keyFile === undefined ? {} : { keyFile: resolve(terminal.cwd, keyFile) }),
  };
};

/** The image of a release for one platform, on this machine, verified and unpacked. */
export interface ReleaseImage {
  readonly release: FoundRelease;
  readonly fetched: FetchedImage;
  readonly image: LocalImage;
}

/** Finds, downloads, verifies and opens; then makes room in the cache. */
export const openReleaseImage = async (
  wish: ReleaseWish,
  platform: string,
  options: FetchOptions,
  terminal: Terminal,
  maxBytes: number,
): Promise<ReleaseImage> => {
  const release = await findRelease(wish, options);
  return openFound(release, platform, options, terminal, maxBytes);
};

export const openFound = async (
  release: FoundRelease,
  platform: string,
  options: FetchOptions,
  terminal: Terminal,
  maxBytes: number,
  updatePayload?: string,
): Promise<ReleaseImage> => {
  const label = `${release.channel} ${release.version} for ${platform}/${release.arch}`;
  const progress = downloadProgress(label, terminal, options.clock);
  const fetched = await fetchImage(release, platform, { ...options, onProgress: progress.step });
  progress.end();
  terminal.err(
    `${fetched.cached ? 'Found' : 'Downloaded'} ${label}: ${fetched.origin.sha256}, ${signer(fetched)}`,
  );
  const manifest = await readManifest(fetched.folder);
  const opened = await openLocalImage({
    ...(manifest === undefined ? {} : { manifest }),
    ...(updatePayload === undefined ? {} : { updatePayload }),
    path: fetched.path,
    arch: release.arch,
    channel: release.channel,
    version: release.version,
    cacheDir: options.cacheDir,
    log: options.log,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!fetched.cached) await makeRoom(options, maxBytes);
  return { release, fetched, image: fetched.origin.signature === undefined ? asUnverified(opened) : opened };
};

const signer = ({ origin: { signature } }: FetchedImage): string =>
  signature === undefined
    ? 'signature not verified'
    : `signed by ${signature.key.slice(-16)} on ${new Date(signature.at).toISOString().slice(0, 10)}`;

/** What this process uses is leased and stays. A cache that cannot be tidied is no reason to end a run. */
const makeRoom = async (options: FetchOptions, maxBytes: number): Promise<void> => {
  try {
    const { removed } = await pruneImages({ cacheDir: options.cacheDir, clock: options.clock, maxBytes });
    for (const { name } of removed)
      options.log(`Removed ${name} from the image cache, which has grown too large`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    options.log(`Left the image cache as it is: ${error.message}`);
  }
};

/**
 * The update payload that was asked for: `--update-payload=FILE`, or with `--update-of=VERSION` the one of a release, which
 * is in the channel that its number tells. Undefined when neither was said.
 */
export const payloadOf = async (
  settings: Settings,
  arch: Arch,
  channel: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const [file, version] = [settings.text('update-payload'), settings.text('update-of')];
  if (version === undefined) return file === undefined ? undefined : resolve(terminal.cwd, file);
  if (file !== undefined)
    throw new UsageError('two-payloads', '--update-payload and --update-of name two payloads: expected one');
  const options = await fetchOptions(settings, terminal, signal);
  const own = isReleaseBuild(version) ? (channelOfVersion(version) ?? channel) : channel;
  const release = await findRelease({ channel: own, version, arch }, options);
  return (await fetchPayload(release, options)).path;
};

export const cacheLimit = (settings: Settings): number =>
  (settings.integer('image-cache-size', 1) ?? 60) * 2 ** 30;

/** What is said when nobody named an image and the release cannot be had. */
export const noImage = (wish: Pick<ReleaseWish, 'channel' | 'version'>, why: KolaError): UsageError =>
  new UsageError(
    'no-image',
    `no image was given, and ${wish.channel} ${wish.version} cannot be had: ${why.message}`,
    {
      hint: 'give --image=FILE, or --image=reference to try kola on its reference guest',
      cause: why,
    },
  );

/** The release that `kola run` tests when nobody named an image. */
export const wishOf = (settings: Settings, arch: Arch, channel: string): ReleaseWish => ({
  channel,
  version: settings.text('image-version') ?? 'current',
  arch,
});
