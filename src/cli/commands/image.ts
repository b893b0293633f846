import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageCacheDir, listCachedImages, removeCachedImage } from '../../image/cache.ts';
import { hostArch } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { didYouMean } from '../nearest.ts';
import { boardsOf } from '../options/values.ts';
import { buildReference } from '../reference.ts';
import { listenForStop } from '../stop.ts';

type Action = (input: CommandInput, names: readonly string[]) => Promise<ExitCode>;

const build: Action = async ({ settings, terminal }, names) => {
  const [name = 'reference', ...more] = names;
  if (name !== 'reference' || more.length > 0)
    throw new UsageError('image-recipe', `kola image build: expected reference, found ${names.join(' ')}`);
  const asked = boardsOf(settings);
  using stop = listenForStop(terminal);
  for (const arch of asked.length === 0 ? [hostArch()] : asked) {
    terminal.err(`Looking for the reference guest (${arch}) in ${imageCacheDir(terminal.env)}`);
    const image = await buildReference({
      arch,
      force: settings.on('force'),
      log: terminal.err,
      signal: stop.signal,
    });
    terminal.out(image.disk);
  }
  return exitCode.passed;
};

const list: Action = async ({ settings, terminal }) => {
  const images = await listCachedImages(imageCacheDir(terminal.env));
  if (settings.on('json')) {
    terminal.out(JSON.stringify({ images }, null, 2));
    return exitCode.passed;
  }
  if (images.length === 0) terminal.err(`no image in ${imageCacheDir(terminal.env)}`);
  for (const { name, bytes, made, title } of images) {
    const day = new Date(made).toISOString().slice(0, 10);
    terminal.out(`${name}  ${Math.round(bytes / 2 ** 20)} MiB  ${day}  ${title ?? ''}`.trimEnd());
  }
  return exitCode.passed;
};

const remove: Action = async ({ terminal }, names) => {
  if (names.length === 0)
    throw new UsageError('image-name', 'kola image rm: expected the name of an image', {
      hint: 'kola image list shows them',
    });
  for (const name of names) {
    await removeCachedImage(imageCacheDir(terminal.env), name);
    terminal.out(`removed ${name}`);
  }
  return exitCode.passed;
};

const actions: Readonly<Record<string, Action>> = { build, list, rm: remove };

export const command: CommandModule = {
  positional: '[action...]',
  after: [
    'Actions:',
    '  build reference   build the reference guest, unless the cache has it',
    '  list              images in the cache',
    '  rm NAME...        remove images from the cache',
  ].join('\n'),
  options: async () => [
    {
      name: 'board',
      aliases: ['arch'],
      value: 'amd64-usr|arm64-usr',
      list: true,
      description: 'architecture to build; default: this machine',
    },
    { name: 'force', description: 'build again even when the cache has it' },
    { name: 'json', description: 'print the list as JSON' },
  ],
  run: async input => {
    const [name = '', ...names] = input.args;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined)
      throw new UsageError(
        'image-action',
        `kola image: expected build, list or rm, found ${name || 'nothing'}`,
        {
          hint: didYouMean(name, Object.keys(actions)) ?? 'see kola image --help',
        },
      );
    return action(input, names);
  },
};
