/** One command-line option, from which the parser, the help, kola.yaml and completion are made. */
export interface OptionSpec {
  /** Without the dashes: `output-dir`. Also the key in kola.yaml, and `KOLA_OUTPUT_DIR` in the environment. */
  readonly name: string;
  readonly short?: string;
  /** Further names, without dashes, that mean the same. */
  readonly aliases?: readonly string[];
  /** Placeholder of the value; absent = a switch. */
  readonly value?: string;
  /** May be repeated, and takes a comma-separated list. */
  readonly list?: boolean;
  /** The only values allowed; shell completion offers them. */
  readonly choices?: readonly string[];
  /** Value when nobody says anything. A switch that is on by default is switched off with `--no-…` or `=false`. */
  readonly fallback?: string | boolean;
  readonly description: string;
  /** Heading in the help. */
  readonly group?: string;
  /** Makes a value of kola.yaml mean the same wherever kola is called: paths are relative to the file's folder. */
  readonly fromFile?: (value: string, folder: string) => string;
  /** Not in the help, the environment or kola.yaml: flags of Go kola that do nothing or are refused. */
  readonly hidden?: boolean;
}

/** `outputDir` for `output-dir`. */
export const camelCase = (name: string): string =>
  name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `KOLA_OUTPUT_DIR` for `output-dir`. */
export const environmentName = (name: string): string => `KOLA_${name.toUpperCase().replaceAll('-', '_')}`;

export const isSwitch = (spec: OptionSpec): boolean => spec.value === undefined;
