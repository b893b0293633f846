import type { OptionSpec } from './spec.ts';

export const logLevels = ['error', 'warn', 'notice', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Taken by every command. */
export const commonOptions: readonly OptionSpec[] = [
  {
    name: 'log-level',
    value: 'level',
    choices: logLevels,
    fallback: 'notice',
    description: 'how much to say',
    group: 'Common options',
  },
  { name: 'verbose', short: 'v', description: 'same as --log-level=info', group: 'Common options' },
  { name: 'debug', short: 'd', description: 'same as --log-level=debug', group: 'Common options' },
];

/** Taken by the commands that read kola.yaml. */
export const configOption: OptionSpec = {
  name: 'config',
  value: 'file',
  description: 'settings file instead of the nearest kola.yaml',
  group: 'Common options',
};
