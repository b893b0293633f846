import { UsageError } from '../core/errors.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { Arch } from '../core/target.ts';
import { didYouMean } from './nearest.ts';
import { boardsOf } from './options/values.ts';
import type { Settings } from './settings/settings.ts';

/** The platforms that `--platform` names, by name or alias, each once. */
export const choosePlatforms = (
  settings: Settings,
  known: readonly PlatformDefinition[],
): readonly PlatformDefinition[] => {
  const asked = settings.list('platform');
  if (asked.length === 0) throw settings.wrong('platform', 'at least one platform', listed(known));
  return [...new Set(asked.map(name => find(name, known)))];
};

const find = (name: string, known: readonly PlatformDefinition[]): PlatformDefinition => {
  const found = known.find(platform => platform.name === name || platform.aliases.includes(name));
  if (found !== undefined) return found;
  const names = known.flatMap(platform => [platform.name, ...platform.aliases]);
  const guess = didYouMean(name, names);
  throw new UsageError('unknown-platform', `unknown platform ${name}`, {
    hint: guess === undefined ? listed(known) : `${guess} ${listed(known)}`,
  });
};

const listed = (known: readonly PlatformDefinition[]): string =>
  `known platforms: ${known.map(({ name }) => name).join(', ')}`;

/** This machine's own architecture. */
export const hostArch = (): Arch => (process.arch === 'arm64' ? 'arm64' : 'amd64');

/** Every platform on every architecture that was asked for; `otherwise` is used when none was. */
export const chooseTargets = (
  settings: Settings,
  platforms: readonly PlatformDefinition[],
  otherwise: Arch,
): readonly { readonly platform: PlatformDefinition; readonly arch: Arch }[] => {
  const asked = boardsOf(settings);
  const arches = asked.length === 0 ? [otherwise] : asked;
  return platforms.flatMap(platform =>
    arches.map(arch => {
      if (!platform.capabilities.arches.includes(arch))
        throw new UsageError('platform-arch', `platform ${platform.name} has no ${arch} machines`);
      return { platform, arch };
    }),
  );
};
