// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell variables
import type { OptionSpec } from './options/spec.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** First arguments. */
  readonly words?: readonly string[] | undefined;
  /** Its arguments are scenario names, asked of `kola list` when they are completed. */
  readonly takesScenarios?: boolean | undefined;
}

export const completionScript = (shell: Shell, commands: readonly CompletedCommand[]): string =>
  ({ bash, zsh, fish })[shell](commands);

const flagsOf = ({ options }: CompletedCommand): readonly string[] => [
  '--help',
  ...options.flatMap(spec => [`--${spec.name}`, ...(spec.aliases ?? []).map(name => `--${name}`)]),
];

/** In single quotes of a POSIX shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const askScenarios = "kola list 2>/dev/null | sed 's/ .*//'";

const bash = (commands: readonly CompletedCommand[]): string => {
  const choices = uniqueChoices(commands);
  return [
    '# bash completion for kola',
    '_kola() {',
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word',
    '  COMPREPLY=()',
    '  [[ $cur == = ]] && cur=',
    '  [[ $prev == = && COMP_CWORD -ge 2 ]] && prev=${COMP_WORDS[COMP_CWORD-2]}',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    [[ $word != -* ]] && { command=$word; break; }',
    '  done',
    '  case $prev in',
    ...choices.map(
      ({ name, values }) =>
        `    --${name}) COMPREPLY=($(compgen -W ${quote(values.join(' '))} -- "$cur")); return ;;`,
    ),
    '  esac',
    '  case $command in',
    `    '') COMPREPLY=($(compgen -W ${quote(['help', ...commands.map(({ name }) => name)].join(' '))} -- "$cur")) ;;`,
    ...commands.map(command => `    ${command.name}) ${bashReply(command)} ;;`),
    '  esac',
    '}',
    'complete -o default -F _kola kola',
    '',
  ].join('\n');
};

const bashReply = (command: CompletedCommand): string => {
  const words =
    command.takesScenarios === true ? `"$(${askScenarios})"` : quote((command.words ?? []).join(' '));
  return `if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W ${quote(flagsOf(command).join(' '))} -- "$cur")); else COMPREPLY=($(compgen -W ${words} -- "$cur")); fi`;
};

const uniqueChoices = (commands: readonly CompletedCommand[]) => [
  ...new Map(
    commands
      .flatMap(({ options }) => options)
      .flatMap(({ name, choices }) =>
        choices === undefined ? [] : [[name, { name, values: choices }] as const],
      ),
  ).values(),
];

const zsh = (commands: readonly CompletedCommand[]): string =>
  [
    '#compdef kola',
    '_kola() {',
    '  local -a known',
    '  known=(',
    ...commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`),
    '  )',
    '  if (( CURRENT == 2 )); then _describe command known; return; fi',
    '  case ${words[2]} in',
    ...commands.map(command => `    ${command.name}) _arguments ${zshArguments(command)} ;;`),
    '  esac',
    '}',
    // Works both as an autoloaded file of $fpath and when the script is sourced.
    'if [[ ${funcstack[1]} == _kola ]]; then _kola "$@"; else compdef _kola kola; fi',
    '',
  ].join('\n');

const zshArguments = (command: CompletedCommand): string => {
  const options = command.options.map(spec => {
    const text = spec.description.replaceAll(/[[\]:]/g, ' ');
    const value = spec.choices === undefined ? ':_files' : `:(${spec.choices.join(' ')})`;
    const argument = spec.value === undefined ? '' : `=:${spec.name}${value}`;
    const repeat = spec.list === true ? '*' : '';
    return quote(
      `${repeat}--${spec.name}${argument === '' ? `[${text}]` : `=[${text}]:${spec.name}${value}`}`,
    );
  });
  const rest =
    command.takesScenarios === true
      ? quote(`*:scenario:(\${(f)"$(${askScenarios})"})`)
      : quote(`*:argument:${command.words === undefined ? '_files' : `(${command.words.join(' ')})`}`);
  return [quote('--help[show help]'), ...options, rest].join(' ');
};

const fish = (commands: readonly CompletedCommand[]): string => {
  const top = `complete -c kola -n __fish_use_subcommand -f`;
  return [
    '# fish completion for kola',
    ...commands.map(({ name, summary }) => `${top} -a ${name} -d ${quote(summary)}`),
    ...commands.flatMap(command => fishOptions(command)),
    '',
  ].join('\n');
};

const fishOptions = (command: CompletedCommand): readonly string[] => {
  const seen = `complete -c kola -n '__fish_seen_subcommand_from ${command.name}'`;
  const words = command.takesScenarios === true ? `(${askScenarios})` : (command.words ?? []).join(' ');
  return [
    ...(words === '' ? [] : [`${seen} -f -a ${quote(words)}`]),
    ...command.options.map(spec => {
      const short = spec.short === undefined ? '' : ` -s ${spec.short}`;
      const values = spec.choices === undefined ? '' : ` -f -a ${quote(spec.choices.join(' '))}`;
      return `${seen} -l ${spec.name}${short}${spec.value === undefined ? '' : ` -r${values}`} -d ${quote(spec.description)}`;
    }),
  ];
};
