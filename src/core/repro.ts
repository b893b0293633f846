import { type Arch, type ImageKind, updateStartOf } from './target.ts';
import { channelOfVersion } from './version.ts';

export interface Repeatable {
  readonly platform: string;
  readonly arch: Arch;
  readonly channel: string;
  readonly kind: ImageKind;
  readonly version: string;
  readonly scenario: string;
  readonly variant?: string | undefined;
}

/**
 * The command that runs one scenario again on the same kind of target. `image` is the file that was given; without it
 * the channel's release of that version is downloaded.
 */
export const againCommand = (
  { platform, arch, channel, kind, version, scenario, variant }: Repeatable,
  image?: string,
  folders: Readonly<Record<string, readonly string[]>> = {},
): string => {
  const parts = ['kola run', `--platform=${platform}`];
  if (arch !== 'amd64') parts.push(`--board=${arch}-usr`);
  if (kind === 'reference') parts.push('--image=reference');
  else if (image !== undefined) parts.push(`--image=${shellWord(image)}`);
  else if (kind === 'flatcar') parts.push(...releaseFlags(channel, version, updateStartOf(variant)));
  // Scenarios from outside are only found where they are looked for.
  for (const [option, values] of Object.entries(folders))
    for (const value of values) parts.push(`--${option}=${shellWord(value)}`);
  return [...parts, shellWord(scenario)].join(' ');
};

/** The release to boot; where an update to it was tested, the one to start from, and that update. */
const releaseFlags = (channel: string, version: string, start: string | undefined): readonly string[] => {
  if (start === undefined)
    return [`--channel=${shellWord(channel)}`, `--image-version=${shellWord(version)}`];
  const own = channelOfVersion(start);
  return [
    // The number of a version does not tell its LTS stream.
    `--channel=${shellWord(own === undefined || own === 'lts' ? channel : own)}`,
    `--image-version=${shellWord(start)}`,
    `--update-of=${shellWord(version)}`,
  ];
};

/** Names of imported tests, and of files, may be anything. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
