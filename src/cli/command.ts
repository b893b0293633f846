import type { ExitCode } from '../core/outcome.ts';
import type { OptionSpec } from './options/spec.ts';
import type { Settings } from './settings/settings.ts';
import type { Terminal } from './terminal.ts';

export interface CommandInput {
  readonly args: readonly string[];
  readonly settings: Settings;
  readonly terminal: Terminal;
  /** The command line as given, for the record of a run. */
  readonly argv: readonly string[];
  /** Every command there is. */
  readonly commands: readonly CommandEntry[];
}

/** One file of `src/cli/commands/`. */
export interface CommandModule {
  /** `[glob...]`; absent = takes none. */
  readonly positional?: string;
  /** What completion offers as an argument, where it can be known without running kola. */
  readonly words?: readonly string[];
  /** The arguments are scenario names: completion asks `kola list`. */
  readonly takesScenarios?: true;
  /** Examples and such, below the options. */
  readonly after?: string;
  /** kola.yaml and environment variables count for it: for all of its options, or for those that are named. */
  readonly configurable?: true | readonly string[];
  options(): Promise<readonly OptionSpec[]>;
  run(input: CommandInput): Promise<ExitCode>;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: CommandModule }>;
}
