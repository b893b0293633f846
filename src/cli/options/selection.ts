import { didYouMean } from '../nearest.ts';
import type { Settings } from '../settings/settings.ts';
import { inputOptions } from './inputs.ts';
import type { OptionSpec } from './spec.ts';

export const channels = ['alpha', 'beta', 'stable', 'lts', 'edge'] as const;

export const isChannel = (text: string): boolean =>
  channels.some(name => name === text) || /^lts-\d{4}$/.test(text);

export const channelOption: OptionSpec = {
  name: 'channel',
  value: 'name',
  choices: channels,
  fallback: 'stable',
  description: 'Flatcar channel or LTS stream (lts-2024); an image of no channel has its own',
};

/** `--channel`: a channel, or an LTS stream by its year. */
export const channelOf = (settings: Settings): string => {
  const text = settings.text('channel') ?? 'stable';
  if (isChannel(text)) return text;
  throw settings.wrong(
    'channel',
    `one of ${channels.join(', ')}, or an LTS stream such as lts-2024`,
    didYouMean(text, channels),
  );
};

/** What `kola run`, `kola list` and `kola spawn` have in common: where, and on which image. */
export const targetOptions: readonly OptionSpec[] = [
  {
    name: 'platform',
    short: 'p',
    value: 'name',
    list: true,
    fallback: 'qemu',
    description: 'where to run; a comma list runs several',
  },
  {
    name: 'image',
    aliases: ['qemu-image'],
    value: 'file|reference',
    description:
      'disk image to test, or "reference" for the reference guest; default: the release of the channel',
  },
  {
    name: 'board',
    aliases: ['arch'],
    value: 'amd64-usr|arm64-usr',
    list: true,
    choices: ['amd64-usr', 'arm64-usr'],
    description: 'architecture; default: the one of the image',
  },
  channelOption,
  {
    name: 'image-version',
    value: 'version',
    description: 'version to download; of a file without a manifest: what it is',
  },
  {
    name: 'update-payload',
    value: 'file',
    description: 'update that the update scenarios install; default: the one beside the image',
  },
  {
    name: 'update-of',
    value: 'version',
    description: 'download the update payload of this version in place of --update-payload',
  },
  { name: 'offering', value: 'name', choices: ['basic'], fallback: 'basic', description: 'Flatcar offering' },
  { name: 'distro', short: 'b', value: 'name', choices: ['cl'], fallback: 'cl', description: 'distribution' },
];

/** Which scenarios. */
export const scenarioOptions: readonly OptionSpec[] = [
  {
    name: 'tag',
    value: 'tag',
    list: true,
    description: 'only scenarios with one of these tags; "!tag" leaves out',
  },
  {
    name: 'scenario-dir',
    value: 'dir',
    list: true,
    description: 'a further folder of scenarios, outside of kola',
  },
  {
    name: 'exttest',
    short: 'E',
    value: 'dir',
    list: true,
    description: 'a project with external tests in the manner of coreos-assembler',
  },
  {
    name: 'known-issues',
    value: 'file|none',
    description: 'failures that are expected, instead of policy/known-issues.yaml',
  },
  { name: 'shard', value: 'm/n', description: 'only the m-th of n parts; today/n: another one each day' },
  ...inputOptions,
];
