import type { StoredImage } from '../../core/cloud-account.ts';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { chooseAccount } from '../cloud-account.ts';
import type { CommandInput } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { listenForStop } from '../stop.ts';
import { archOfChoice, chooseImage, openChoice } from '../target-images.ts';
import { inUploadFolder } from './upload-folder.ts';

/**
 * `kola image upload --platform=aws --image=FILE`: finds the image by its digest, or uploads it for many runs. Goes on where
 * a process was killed that did the same.
 */
export const upload = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  using stop = listenForStop(terminal);
  const known = await discoverPlatforms();
  const { platform, account, options } = await chooseAccount(settings, terminal, known, stop.signal);
  const choice = chooseImage(settings, terminal);
  const arch = await archOfChoice(choice, settings);
  const image = await openChoice(choice, { arch, platform }, settings, terminal, stop.signal);
  const what = [platform.name, options, image.digest];
  const stored = await inUploadFolder(what, terminal, stop.signal, folder =>
    account.images.upload(image, folder, stop.signal),
  );
  terminal.out(settings.on('json') ? JSON.stringify({ image: stored }, null, 2) : stored.id);
  return exitCode.passed;
};

/** `kola image list --platform=aws`: images that `kola image upload` put there. */
export const listUploaded = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  using stop = listenForStop(terminal);
  const { account } = await chooseAccount(settings, terminal, await discoverPlatforms(), stop.signal);
  const images = await account.images.list(stop.signal);
  if (settings.on('json')) terminal.out(JSON.stringify({ images }, null, 2));
  else for (const image of images) terminal.out(lineOf(image));
  return exitCode.passed;
};

const lineOf = ({ id, name, digest, arch, created }: StoredImage): string =>
  [id, name, arch, digest, created === undefined ? '' : new Date(created).toISOString().slice(0, 10)]
    .join('  ')
    .trimEnd();

/** `kola image delete --platform=aws ID…`. */
export const deleteUploaded = async (
  { settings, terminal }: CommandInput,
  names: readonly string[],
): Promise<ExitCode> => {
  if (names.length === 0)
    throw new UsageError('image-name', 'kola image delete: expected the id of an image, found none', {
      hint: 'kola image list --platform=… shows them',
    });
  using stop = listenForStop(terminal);
  const { account } = await chooseAccount(settings, terminal, await discoverPlatforms(), stop.signal);
  for (const name of names) {
    const there = await account.images.delete(name, stop.signal);
    terminal.out(there ? `deleted ${name}` : `${name} was not there`);
  }
  return exitCode.passed;
};
