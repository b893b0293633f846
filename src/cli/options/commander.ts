import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { didYouMean } from '../nearest.ts';
import { Exit } from '../terminal.ts';
import { normaliseArgv } from './argv.ts';
import { camelCase, isSwitch, type OptionSpec } from './spec.ts';

/** What stood on the command line, before environment and file are asked. */
export interface ParsedArguments {
  readonly positional: readonly string[];
  /** By flag name; only what was given. */
  readonly given: ReadonlyMap<string, string | boolean | readonly string[]>;
}

export interface Syntax {
  readonly name: string;
  readonly summary: string;
  /** `[glob...]`; absent = no positional arguments. */
  readonly positional?: string;
  readonly options: readonly OptionSpec[];
  /** Further help text: examples. */
  readonly after?: string;
}

export interface Streams {
  readonly write: (text: string) => void;
}

/** Reads a command line; throws {@link UsageError}, or {@link Exit} after `--help`. */
export const parseArguments = (
  syntax: Syntax,
  argv: readonly string[],
  streams: Streams,
): ParsedArguments => {
  const command = commandOf(syntax).configureOutput({
    writeOut: streams.write,
    // Errors come out of here as exceptions and are printed in one place.
    writeErr: () => {},
    outputError: () => {},
  });
  try {
    command.parse([...normaliseArgv(argv, syntax.options)], { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? translated(error, syntax) : error;
  }
  const values = command.opts<Record<string, string | boolean | string[]>>();
  const given = new Map<string, string | boolean | readonly string[]>();
  for (const { name } of syntax.options) {
    const value = values[camelCase(name)];
    if (value !== undefined && command.getOptionValueSource(camelCase(name)) === 'cli')
      given.set(name, value);
  }
  return { positional: command.args, given };
};

const commandOf = (syntax: Syntax): Command => {
  const command = new Command(`kola ${syntax.name}`)
    .description(syntax.summary)
    .exitOverride()
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ helpWidth: process.stdout.columns ?? 100, showGlobalOptions: false });
  if (syntax.positional !== undefined) command.argument(syntax.positional);
  else command.allowExcessArguments(false);
  for (const spec of syntax.options) for (const option of optionsOf(spec)) command.addOption(option);
  if (syntax.after !== undefined) command.addHelpText('after', `\n${syntax.after}`);
  return command;
};

const optionsOf = (spec: OptionSpec): readonly Option[] => {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const value = spec.value === undefined ? '' : ` <${spec.value}>`;
  const option = new Option(`${short}--${spec.name}${value}`, described(spec));
  if (spec.list === true)
    option.argParser((text: string, sofar: string[] | undefined) => [...(sofar ?? []), text]);
  if (spec.group !== undefined) option.helpGroup(`${spec.group}:`);
  if (spec.hidden === true) option.hideHelp();
  if (!isSwitch(spec)) return [option];
  return [option, new Option(`--no-${spec.name}`).hideHelp()];
};

const described = ({ description, fallback, choices, aliases }: OptionSpec): string => {
  const values = choices === undefined ? '' : ` (${choices.join(', ')})`;
  const otherwise = fallback === undefined || fallback === false ? '' : ` [${fallback}]`;
  const also = aliases === undefined || aliases.length === 0 ? '' : `; also --${aliases.join(', --')}`;
  return `${description}${values}${otherwise}${also}`;
};

const translated = (error: CommanderError, { name, options }: Syntax): Error => {
  if (error.exitCode === 0) return new Exit(0);
  const [first = ''] = error.message.replace(/^error: /, '').split('\n');
  const wrong = /^unknown option '--?(?:no-)?([^']*)'/.exec(first)?.[1];
  const known = options.filter(({ hidden }) => hidden !== true);
  const flags = known.flatMap(spec => [spec.name, ...(spec.aliases ?? [])].map(flag => `--${flag}`));
  const guess = wrong === undefined ? undefined : didYouMean(`--${wrong}`, ['--help', ...flags]);
  return new UsageError(error.code, `kola ${name}: ${first}`, { hint: guess ?? `see kola ${name} --help` });
};
