import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NetworkError } from '../core/errors.ts';
import type { LocalImage } from '../core/image.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { Arch } from '../core/target.ts';
import { imageCacheDir } from '../image/cache.ts';
import { readManifest } from '../image/manifest.ts';
import { openLocalImage } from '../image/open.ts';
import { hostArch } from './choose-platforms.ts';
import { channelOf } from './options/selection.ts';
import { boardsOf } from './options/values.ts';
import { buildReference } from './reference.ts';
import type { Settings } from './settings/settings.ts';
import type { Terminal } from './terminal.ts';

/** What `--image` says, or what takes its place. */
export type ImageChoice =
  | { readonly kind: 'reference' }
  | { readonly kind: 'file'; readonly path: string }
  /** The channel's release: `--image-version`, else the current one. */
  | { readonly kind: 'release'; readonly channel: string };

export const chooseImage = (settings: Settings, terminal: Terminal): ImageChoice => {
  const asked = settings.text('image');
  if (asked === 'reference') return { kind: 'reference' };
  if (asked !== undefined) return { kind: 'file', path: resolve(terminal.cwd, asked) };
  return { kind: 'release', channel: channelOf(settings) };
};

/** The architecture of the image when nobody named a board: what its manifest says, else this machine's. */
export const archOfChoice = async (choice: ImageChoice, settings: Settings): Promise<Arch> => {
  const [board] = boardsOf(settings);
  if (board !== undefined) return board;
  if (choice.kind !== 'file' || !existsSync(choice.path)) return hostArch();
  const manifest = (await readManifest(choice.path)) ?? (await readManifest(dirname(choice.path)));
  return manifest?.arch ?? hostArch();
};

/** One place that an image is wanted for. */
interface ImagePlace {
  readonly platform: Pick<PlatformDefinition, 'name' | 'oem'>;
  readonly arch: Arch;
}

/**
 * Opens the images for all places. A file is what it is, of a release every platform has its own
 * image, and the reference guest knows kinds of platforms. It is built first when the cache does not have it.
 */
export const openImages = async (
  choice: ImageChoice,
  places: readonly ImagePlace[],
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<(place: ImagePlace) => LocalImage> => {
  const keyOf = ({ platform, arch }: ImagePlace): string =>
    choice.kind === 'release'
      ? `${platform.name}/${arch}`
      : choice.kind === 'reference'
        ? `${arch} ${platform.oem ?? ''}`
        : arch;
  const images = new Map<string, LocalImage>();
  for (const place of places) {
    const key = keyOf(place);
    if (!images.has(key)) images.set(key, await openChoice(choice, place, settings, terminal, signal));
  }
  return place => {
    const image = images.get(keyOf(place));
    if (image === undefined) throw new TypeError(`no image was opened for ${keyOf(place)}`);
    return image;
  };
};

/** Opens the image for one place. */
export const openChoice = async (
  choice: ImageChoice,
  place: ImagePlace,
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<LocalImage> => {
  if (choice.kind === 'release') return openRelease(choice.channel, place, settings, terminal, signal);
  const {
    arch,
    platform: { oem },
  } = place;
  const channel = channelOf(settings);
  const payload = await updatePayload(settings, arch, terminal, signal);
  const version = settings.text('image-version');
  const path =
    choice.kind === 'file'
      ? choice.path
      : (
          await buildReference({
            arch,
            ...(oem === undefined ? {} : { oem }),
            log: line => terminal.err(line),
            signal,
          })
        ).dir;
  return openLocalImage({
    path,
    arch,
    cacheDir: imageCacheDir(),
    signal,
    log: line => terminal.err(line),
    ...(choice.kind === 'reference' ? {} : { channel }),
    ...(version === undefined ? {} : { version }),
    ...(payload === undefined ? {} : { updatePayload: payload }),
  });
};

/** Downloads are loaded only when one is asked for. */
const updatePayload = async (
  settings: Settings,
  arch: Arch,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string | undefined> =>
  settings.said('update-payload') || settings.said('update-of')
    ? (await import('./release-images.ts')).payloadOf(settings, arch, channelOf(settings), terminal, signal)
    : undefined;

/** Few tries: whoever has no way to the servers should learn it soon. */
const impatient = { tries: 2, stall: 15_000 };

/**
 * The channel's release. Where no server can be reached, on a terminal the reference guest steps in, loudly; a script has
 * to say what it means. What is refused (a bad signature, an unknown version) never gets a stand-in.
 */
const openRelease = async (
  channel: string,
  { platform, arch }: ImagePlace,
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<LocalImage> => {
  const images = await import('./release-images.ts');
  const wish = images.wishOf(settings, arch, channel);
  const options = await images.fetchOptions(settings, terminal, signal);
  const { findRelease } = await import('../image/release/release.ts');
  try {
    const release = await findRelease(wish, { ...options, ...impatient });
    const opened = await images.openFound(
      release,
      platform.name,
      options,
      terminal,
      images.cacheLimit(settings),
      await updatePayload(settings, arch, terminal, signal),
    );
    return opened.image;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (!terminal.interactive) throw images.noImage(wish, error);
    terminal.err(`${channel} ${wish.version} cannot be downloaded: ${error.message}`);
    terminal.err('No --image: THIS RUN TESTS THE REFERENCE GUEST, NOT FLATCAR (same as --image=reference)');
    return openChoice({ kind: 'reference' }, { platform, arch }, settings, terminal, signal);
  }
};
