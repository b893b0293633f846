import { UsageError } from '../core/errors.ts';
import { type ExitCode, exitCode } from '../core/outcome.ts';
import type { CommandEntry, CommandModule } from './command.ts';
import { commands } from './commands.ts';
import { explainError } from './explain-error.ts';
import { overview } from './help.ts';
import { didYouMean } from './nearest.ts';
import { parseArguments } from './options/commander.ts';
import { commonOptions, configOption } from './options/common.ts';
import { judgeLegacy, legacyOptions } from './options/platform.ts';
import type { OptionSpec } from './options/spec.ts';
import { logLevelOf } from './options/values.ts';
import { findSettingsFile, readSettingsFile } from './settings/file.ts';
import { resolveSettings } from './settings/resolve.ts';
import type { Setting, Settings } from './settings/settings.ts';
import { splitCommand } from './split-command.ts';
import { Exit, processTerminal, type Terminal } from './terminal.ts';

/** Runs one call of kola and ends the process. */
export const main = async (argv: readonly string[]): Promise<never> => {
  const terminal = processTerminal();
  const code = await runCommandLine(argv, terminal);
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(code);
};

/** Leaving sooner would cut off what a slow reader (`| jq`) has not taken yet. */
const written = async (stream: NodeJS.WriteStream): Promise<void> => {
  if (stream.writableLength === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write('', () => resolve());
  await promise;
};

/** Runs one call of kola; every error has been printed when it returns. */
export const runCommandLine = async (argv: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  try {
    return await dispatch(argv, terminal);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    const { lines, code } = explainError(error, terminal.env.KOLA_DEBUG === '1');
    for (const line of lines) terminal.err(line);
    return code;
  }
};

const dispatch = async (argv: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  const { name, rest } = splitCommand(argv);
  if (name === undefined) {
    terminal.write(overview());
    return exitCode.passed;
  }
  const entry = commands.find(candidate => candidate.name === name);
  if (entry === undefined) throw unknownCommand(name);
  const { command } = await entry.load();
  return runCommand(entry, command, rest, terminal);
};

const runCommand = async (
  entry: CommandEntry,
  command: CommandModule,
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> => {
  const specs = await allOptions(entry.name, command);
  const { positional, given } = parseArguments(
    {
      name: entry.name,
      summary: entry.summary,
      options: specs,
      ...(command.positional === undefined ? {} : { positional: command.positional }),
      ...(command.after === undefined ? {} : { after: command.after }),
    },
    argv,
    terminal,
  );
  const { configurable } = command;
  const settings = resolveSettings({
    specs,
    flags: given,
    env: configurable === undefined ? {} : terminal.env,
    file: configurable === undefined ? new Map() : await fileSettings(given.get('config'), terminal),
    ...(configurable === undefined || configurable === true ? {} : { configurable }),
  });
  // A wrong level is an error of every command, also of those that say nothing.
  logLevelOf(settings);
  announceNotes(settings, terminal);
  return command.run({ args: positional, settings, terminal, argv: [entry.name, ...argv], commands });
};

const allOptions = async (name: string, command: CommandModule): Promise<readonly OptionSpec[]> => {
  const own = [...(await command.options()), ...commonOptions];
  if (command.configurable === undefined) return own;
  return [...own, configOption, ...(command.configurable === true ? legacyOptions(own, name) : [])];
};

const fileSettings = async (asked: unknown, terminal: Terminal): Promise<ReadonlyMap<string, Setting>> => {
  const wanted = typeof asked === 'string' ? asked : terminal.env.KOLA_CONFIG;
  const path = findSettingsFile(terminal.cwd, wanted === '' ? undefined : wanted);
  if (path === undefined) return new Map();
  const { fileOptions } = await import('./options/file.ts');
  return readSettingsFile(path, await fileOptions());
};

const announceNotes = (settings: Settings, terminal: Terminal): void => {
  for (const note of judgeLegacy(settings)) terminal.err(note);
};

const unknownCommand = (name: string): UsageError => {
  const names = ['help', ...commands.map(({ name: known }) => known)];
  return new UsageError('unknown-command', `unknown command ${name}`, {
    hint: didYouMean(name, names) ?? 'see kola help',
  });
};
