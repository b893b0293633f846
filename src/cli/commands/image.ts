import { UsageError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/outcome.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { didYouMean } from '../nearest.ts';
import { platformOptions } from '../options/platform.ts';
import { releaseImageOptions } from '../options/release.ts';
import { channelOption } from '../options/selection.ts';

type Action = (input: CommandInput, names: readonly string[]) => Promise<ExitCode>;

/** One file of `src/cli/image/` each, loaded when chosen: help and completion need none of them. */
const actions: Readonly<Record<string, () => Promise<Action>>> = {
  build: async () => (await import('../image/build.ts')).build,
  get: async () => (await import('../image/get.ts')).get,
  list: async () => async input =>
    input.settings.said('platform')
      ? (await import('../image/cloud.ts')).listUploaded(input)
      : (await import('../image/list.ts')).list(input),
  verify: async () => (await import('../image/verify.ts')).verify,
  prune: async () => (await import('../image/prune.ts')).prune,
  rm: async () => (await import('../image/remove.ts')).remove,
  upload: async () => (await import('../image/cloud.ts')).upload,
  delete: async () => (await import('../image/cloud.ts')).deleteUploaded,
  snapshots: async () => (await import('../image/snapshots.ts')).snapshots,
};

export const command: CommandModule = {
  positional: '[action...]',
  words: Object.keys(actions),
  configurable: ['channel', ...releaseImageOptions.map(({ name }) => name)],
  after: [
    'Actions:',
    '  build reference   build the reference guest, unless the cache has it',
    '  get PLATFORM...   download and verify images of a release; prints the disks',
    '  list              images in the cache',
    '  verify [NAME...]  check digests and signatures of downloaded images again; 1 = one is not good',
    '  prune             remove what was used longest ago, down to --image-cache-size',
    '  rm NAME...        remove images from the cache, and the machines booted from them',
    '  snapshots [rm]    booted machines that later runs clone; rm removes those that no run uses now',
    '',
    'With --platform, in an account of a cloud:',
    '  upload            put the image there once, for many runs (--image=FILE|reference)',
    '  list              images that were put there',
    '  delete ID...      remove them',
  ].join('\n'),
  options: async () => [
    {
      name: 'board',
      aliases: ['arch'],
      value: 'amd64-usr|arm64-usr',
      list: true,
      description: 'architecture to build or get; default: this machine',
    },
    {
      name: 'platform',
      short: 'p',
      value: 'name',
      list: true,
      description: 'the cloud whose account is meant',
    },
    { name: 'image', value: 'file|reference', description: 'disk image to upload' },
    {
      name: 'image-version',
      value: 'version',
      description: 'version to get or upload; of a file without a manifest: what it is',
    },
    {
      name: 'oem',
      value: 'id',
      description: 'build the reference guest for this platform (aws, azure, gcp …)',
    },
    { name: 'force', description: 'build again even when the cache has it' },
    { name: 'json', description: 'print the list as JSON' },
    { ...channelOption, description: 'get: Flatcar channel or LTS stream' },
    { name: 'older-than', value: 'days', description: 'prune: what was not used for so long goes, too' },
    { name: 'dry-run', description: 'prune: say what would go' },
    ...releaseImageOptions,
    ...platformOptions(await discoverPlatforms()),
  ],
  run: async input => {
    const [name = '', ...names] = input.args;
    const load = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (load === undefined) {
      const known = Object.keys(actions);
      const expected = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`;
      throw new UsageError('image-action', `kola image: expected ${expected}, found ${name || 'nothing'}`, {
        hint: didYouMean(name, known) ?? 'see kola image --help',
      });
    }
    return (await load())(input, names);
  },
};
