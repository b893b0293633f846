import { isSwitch, type OptionSpec } from './spec.ts';

/**
 * Writes a command line in the way the parser knows: other names of a flag become its own, and Go's
 * `--switch=false`, `-r=false` and `-p=qemu` become `--no-switch`, `--no-remove` and `-p qemu`.
 */
export const normaliseArgv = (argv: readonly string[], specs: readonly OptionSpec[]): readonly string[] => {
  const byName = new Map(
    specs.flatMap(spec => [spec.name, ...(spec.aliases ?? [])].map(name => [name, spec])),
  );
  const byShort = new Map(specs.flatMap(spec => (spec.short === undefined ? [] : [[spec.short, spec]])));
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const rest = end === -1 ? [] : argv.slice(end);
  return [
    ...flags.flatMap(arg => {
      const match = /^(--?)([^=-][^=]*)(?:=(.*))?$/s.exec(arg);
      if (match === null) return [arg];
      const [, dashes, name = '', value] = match;
      const spec = dashes === '--' ? byName.get(name) : byShort.get(name);
      return spec === undefined ? [arg] : rewrite(spec, value);
    }),
    ...rest,
  ];
};

const rewrite = (spec: OptionSpec, value: string | undefined): readonly string[] => {
  const flag = `--${spec.name}`;
  if (value === undefined) return [flag];
  if (!isSwitch(spec)) return [`${flag}=${value}`];
  if (/^(1|t|true)$/i.test(value)) return [flag];
  if (/^(0|f|false)$/i.test(value)) return [`--no-${spec.name}`];
  return [`${flag}=${value}`];
};
