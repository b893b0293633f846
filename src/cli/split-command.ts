/** Flags that may stand before the command and take a value. */
const valued = new Set(['--log-level', '--config']);

/**
 * Finds the command. Flags before it (`kola -v run`) are moved behind it; `help X` becomes `X --help` and
 * `--version` the command `version`. No command: `name` is undefined and the overview is wanted.
 */
export const splitCommand = (
  argv: readonly string[],
): { readonly name: string | undefined; readonly rest: readonly string[] } => {
  const before: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index] ?? '';
    if (!arg.startsWith('-')) return named(arg, before, argv.slice(index + 1));
    if (arg === '--version' || arg === '-V') return { name: 'version', rest: [] };
    if (arg === '--help' || arg === '-h') return { name: undefined, rest: [] };
    before.push(arg);
    if (valued.has(arg)) before.push(argv[++index] ?? '');
  }
  // Flags only: let the parser of `run` name the one it does not know.
  return before.length === 0 ? { name: undefined, rest: [] } : { name: 'run', rest: before };
};

const named = (
  name: string,
  before: readonly string[],
  after: readonly string[],
): { readonly name: string | undefined; readonly rest: readonly string[] } => {
  if (name !== 'help') return { name, rest: [...before, ...after] };
  const [topic] = after.filter(arg => !arg.startsWith('-'));
  return topic === undefined || topic === 'help'
    ? { name: undefined, rest: [] }
    : { name: topic, rest: ['--help'] };
};
