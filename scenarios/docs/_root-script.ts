import type { CommandOptions, Machine } from '../../src/core/machine.ts';

/** Runs lines of bash as root; the first one that fails ends them. Standard output without trailing newline. */
export const asRoot = (
  machine: Machine,
  lines: readonly string[],
  options: Pick<CommandOptions, 'timeout'> = {},
): Promise<string> =>
  machine.run('sudo bash -s', { ...options, input: `${['set -eu', ...lines].join('\n')}\n` });

/** Standard output of a command that may end as it likes, without white space around it. */
export const said = async (machine: Machine, command: string): Promise<string> =>
  (await machine.try(command)).stdout.trim();
