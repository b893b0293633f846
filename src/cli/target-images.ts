import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import type { LocalImage } from '../core/image.ts';
import type { Arch } from '../core/target.ts';
import { imageCacheDir } from '../image/cache.ts';
import { readManifest } from '../image/manifest.ts';
import { openLocalImage } from '../image/open.ts';
import { hostArch } from './choose-platforms.ts';
import { channels } from './options/selection.ts';
import { boardsOf } from './options/values.ts';
import { buildReference } from './reference.ts';
import type { Settings } from './settings/settings.ts';
import type { Terminal } from './terminal.ts';

/** What `--image` says, or what takes its place. */
export type ImageChoice = { readonly kind: 'reference' } | { readonly kind: 'file'; readonly path: string };

/** On a terminal the reference guest steps in, loudly; a script has to say what it means. */
export const chooseImage = (settings: Settings, terminal: Terminal): ImageChoice => {
  const asked = settings.text('image');
  if (asked === 'reference') return { kind: 'reference' };
  if (asked !== undefined) return { kind: 'file', path: resolve(terminal.cwd, asked) };
  if (!terminal.interactive)
    throw new UsageError('no-image', 'no image was given, and releases cannot be downloaded yet', {
      hint: 'give --image=FILE, or --image=reference to try kola on its reference guest',
    });
  terminal.err('No --image: THIS RUN TESTS THE REFERENCE GUEST, NOT FLATCAR (same as --image=reference)');
  return { kind: 'reference' };
};

/** The architecture of the image when nobody named a board: what its manifest says, else this machine's. */
export const archOfChoice = async (choice: ImageChoice, settings: Settings): Promise<Arch> => {
  const [board] = boardsOf(settings);
  if (board !== undefined) return board;
  if (choice.kind === 'reference' || !existsSync(choice.path)) return hostArch();
  const manifest = (await readManifest(choice.path)) ?? (await readManifest(dirname(choice.path)));
  return manifest?.arch ?? hostArch();
};

/** Opens the image for one architecture and kind of platform; the reference guest is built first when the cache does not have it. */
export const openChoice = async (
  choice: ImageChoice,
  place: { readonly arch: Arch; readonly oem: string | undefined },
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<LocalImage> => {
  const { arch, oem } = place;
  const channel = settings.choice('channel', channels);
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
    ...(channel === undefined || choice.kind === 'reference' ? {} : { channel }),
    ...(version === undefined ? {} : { version }),
  });
};
