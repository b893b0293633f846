import { runOptions } from './run.ts';
import type { OptionSpec } from './spec.ts';

const shared: ReadonlySet<string> = new Set([
  'cold',
  'snapshots-max',
  'parallel',
  'output-dir',
  'retries',
  'seed',
]);

/** Options of `kola prove` alone. */
const ownOptions: readonly OptionSpec[] = [
  {
    name: 'resume',
    value: 'dir',
    description: 'go on where an earlier kola prove stopped: what its folder has as proven is not done again',
  },
  {
    name: 'budget',
    value: 'seconds',
    description: 'start nothing more after that time; what is left is neutral',
  },
  {
    name: 'time-limit',
    value: 'seconds',
    description: 'cut short what still runs after that time; it is neutral, too',
  },
  { name: 'allow-undeclared', description: 'a scenario that declares no sabotage is neutral, too' },
];

/** How `kola prove` runs, with those options of `kola run` that mean something for it. */
export const proveOptions: readonly OptionSpec[] = [
  ...ownOptions,
  ...runOptions.filter(({ name }) => shared.has(name)),
];
