import { UsageError } from '../../core/errors.ts';
import type { PlatformDefinition, PlatformFlag } from '../../core/platform.ts';
import { type GoFlag, goFlags } from '../go-flags.ts';
import type { Settings } from '../settings/settings.ts';
import type { OptionSpec } from './spec.ts';
import { camelCase } from './spec.ts';

/** Options of all platforms; one that several platforms share appears once. */
export const platformOptions = (platforms: readonly PlatformDefinition[]): readonly OptionSpec[] => {
  const specs = platforms.flatMap(platform => platform.flags.map(flag => specOf(flag, platform)));
  return [...new Map(specs.map(spec => [spec.name, spec])).values()];
};

const specOf = (flag: PlatformFlag, platform: PlatformDefinition): OptionSpec => ({
  name: flag.name,
  description: flag.description,
  group: `Options of ${platform.name}`,
  ...(flag.aliases === undefined ? {} : { aliases: flag.aliases }),
  ...(flag.value === undefined ? {} : { value: flag.value }),
  ...(flag.effective === false ? { hidden: true } : {}),
});

/** The options that were said for one platform, keys in camelCase, as its schema wants them. */
export const platformValues = (
  platform: PlatformDefinition,
  settings: Settings,
): Readonly<Record<string, string | boolean>> =>
  Object.fromEntries(
    platform.flags
      .filter(flag => flag.effective !== false && settings.said(flag.name))
      .map(flag => [camelCase(flag.name), settings.text(flag.name) ?? settings.on(flag.name)]),
  );

const groupsOfEveryTarget = new Set(['kola list', 'kola run', 'kola spawn']);

/** Hidden options for flags of Go kola that nobody implements, so that they can be explained. */
export const legacyOptions = (specs: readonly OptionSpec[], command: string): readonly OptionSpec[] => {
  const taken = new Set(specs.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]));
  return goFlags
    .filter(
      ({ name, group }) =>
        !taken.has(name) && (!groupsOfEveryTarget.has(group) || group === `kola ${command}`),
    )
    .filter(({ support }) => support.kind !== 'same')
    .map(({ name, short, value, group }) => ({
      name,
      hidden: true,
      description: group,
      ...(short === undefined ? {} : { short }),
      ...(value === undefined ? {} : { value }),
    }));
};

/** Refuses flags that cannot be honoured; returns a note for each that has no effect. */
export const judgeLegacy = (settings: Settings): readonly string[] => {
  const given = goFlags.filter(({ name, support }) => support.kind !== 'same' && settings.said(name));
  for (const flag of given) refuse(flag);
  return given.flatMap(({ name, support }) =>
    support.kind === 'no-op' ? [`note: --${name} has no effect: ${support.note}`] : [],
  );
};

const refuse = ({ name, support }: GoFlag): void => {
  if (support.kind === 'refused')
    throw new UsageError('refused-flag', `--${name} is not supported`, { hint: support.note });
  if (support.kind === 'adapter')
    throw new UsageError(
      'no-adapter',
      `--${name} needs the platform ${support.platform}, which kola cannot run on yet`,
    );
};
