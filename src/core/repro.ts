import type { Arch, ImageKind } from './target.ts';

export interface Repeatable {
  readonly platform: string;
  readonly arch: Arch;
  readonly channel: string;
  readonly kind: ImageKind;
  readonly version: string;
  readonly scenario: string;
}

/**
 * The command that runs one scenario again on the same kind of target. `image` is the file that was given; without it
 * the channel's release of that version is downloaded.
 */
export const againCommand = (
  { platform, arch, channel, kind, version, scenario }: Repeatable,
  image?: string,
  folders: Readonly<Record<string, readonly string[]>> = {},
): string => {
  const parts = ['kola run', `--platform=${platform}`];
  if (arch !== 'amd64') parts.push(`--board=${arch}-usr`);
  if (kind === 'reference') parts.push('--image=reference');
  else if (image !== undefined) parts.push(`--image=${shellWord(image)}`);
  else if (kind === 'flatcar')
    parts.push(`--channel=${shellWord(channel)}`, `--image-version=${shellWord(version)}`);
  // Scenarios from outside are only found where they are looked for.
  for (const [option, values] of Object.entries(folders))
    for (const value of values) parts.push(`--${option}=${shellWord(value)}`);
  return [...parts, shellWord(scenario)].join(' ');
};

/** Names of imported tests, and of files, may be anything. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
