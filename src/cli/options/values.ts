import { UsageError } from '../../core/errors.ts';
import { type Arch, arches } from '../../core/target.ts';
import type { SelectionRequest } from '../../plan/selection.ts';
import type { Settings } from '../settings/settings.ts';
import { type LogLevel, logLevels } from './common.ts';
import { inputsOf } from './inputs.ts';

/** `--board` (or `--arch`): Go kola's board names, or plain architectures. Empty when nobody said. */
export const boardsOf = (settings: Settings, option = 'board'): readonly Arch[] => [
  ...new Set(
    settings.list(option).map(text => {
      const arch = arches.find(name => name === text || `${name}-usr` === text);
      if (arch === undefined)
        throw settings.wrong(option, option === 'board' ? 'amd64-usr or arm64-usr' : arches.join(' or '));
      return arch;
    }),
  ),
];

const day = 86_400_000;

/** `--shard 2/3`; `today/3` is another one each day (UTC), all of them in three days. */
export const shardOf = (settings: Settings, now = Date.now()): SelectionRequest['shard'] => {
  const text = settings.text('shard');
  if (text === undefined) return undefined;
  const [, days] = /^today\/([1-9]\d*)$/.exec(text) ?? [];
  if (days !== undefined) return { part: (Math.floor(now / day) % Number(days)) + 1, of: Number(days) };
  const [, part = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (part < 1 || part > of) throw settings.wrong('shard', 'm/n with 1 ≤ m ≤ n, such as 2/3, or today/n');
  return { part, of };
};

/** `--parallel 4` or `auto`. */
export const parallelOf = (settings: Settings): number | 'auto' => {
  const text = settings.text('parallel');
  if (text === undefined || text === 'auto') return 'auto';
  if (!/^[1-9]\d{0,4}$/.test(text)) throw settings.wrong('parallel', 'auto or a whole number of at least 1');
  return Number(text);
};

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes from `10G`, `512M`, `0`. */
export const sizeOf = (settings: Settings, option: string): number | undefined => {
  const text = settings.text(option);
  if (text === undefined) return undefined;
  const [, digits, unit = ''] = /^(\d+)([kmgt]?)$/i.exec(text) ?? [];
  if (digits === undefined) throw settings.wrong(option, 'a size such as 10G or 512M');
  return Number(digits) * (sizeUnits[unit.toLowerCase()] ?? 1);
};

/** The level that `--log-level`, `-v` and `-d` come to; the most talkative wins. */
export const logLevelOf = (settings: Settings): LogLevel => {
  if (settings.on('debug')) return 'debug';
  if (settings.on('verbose')) return 'info';
  const text = settings.text('log-level')?.toLowerCase();
  const known = logLevels.find(level => level === text || `${level}ing` === text);
  if (known === undefined) throw settings.wrong('log-level', `one of ${logLevels.join(', ')}`);
  return known;
};

/** Values that only ever had one meaning for Flatcar. */
export const checkFixedValues = (settings: Settings): void => {
  settings.choice('offering', ['basic']);
  settings.choice('distro', ['cl']);
};

/** Selection by name, tag and shard. */
export const selectionOf = (settings: Settings, patterns: readonly string[]): SelectionRequest => {
  const shard = shardOf(settings);
  for (const pattern of patterns)
    if (pattern === '')
      throw new UsageError('empty-pattern', 'expected a glob on scenario names, found an empty text');
  return {
    patterns,
    tags: settings.list('tag'),
    multiply: settings.integer('multiply', 1) ?? 1,
    inputs: inputsOf(settings),
    ...(shard === undefined ? {} : { shard }),
  };
};
