import { UsageError } from '../../core/errors.ts';
import type { ParsedArguments } from '../options/commander.ts';
import { environmentName, isSwitch, type OptionSpec } from '../options/spec.ts';
import { type Setting, Settings } from './settings.ts';

export interface SettingSources {
  readonly specs: readonly OptionSpec[];
  readonly flags: ParsedArguments['given'];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of kola.yaml by flag name, with their place. */
  readonly file: ReadonlyMap<string, Setting>;
  /** The only options that environment and kola.yaml may set; default all. */
  readonly configurable?: readonly string[];
}

/** Flags win over the environment, the environment over kola.yaml, and that over defaults. */
export const resolveSettings = ({ specs, flags, env, file, configurable }: SettingSources): Settings => {
  const values = new Map<string, Setting>();
  const defaults = new Set<string>();
  for (const spec of specs) {
    const outside = configurable?.includes(spec.name) ?? true;
    const said =
      fromFlags(spec, flags) ?? (outside ? (fromEnvironment(spec, env) ?? file.get(spec.name)) : undefined);
    if (said !== undefined) values.set(spec.name, said);
    else if (spec.fallback !== undefined) {
      defaults.add(spec.name);
      values.set(spec.name, { value: spec.fallback, origin: `--${spec.name} ${spec.fallback}` });
    }
  }
  return new Settings(values, defaults);
};

const fromFlags = (spec: OptionSpec, flags: ParsedArguments['given']): Setting | undefined => {
  const value = flags.get(spec.name);
  if (value === undefined) return undefined;
  const shown = typeof value === 'boolean' ? '' : ` ${[value].flat().join(',')}`;
  return { value, origin: `--${value === false ? 'no-' : ''}${spec.name}${shown}` };
};

const fromEnvironment = (spec: OptionSpec, env: SettingSources['env']): Setting | undefined => {
  const name = environmentName(spec.name);
  const text = env[name];
  // An empty variable is how a shell script says "not set".
  if (spec.hidden === true || text === undefined || text === '') return undefined;
  const origin = `${name}=${text}`;
  if (!isSwitch(spec)) return { value: text, origin };
  if (/^(1|true|yes|on)$/i.test(text)) return { value: true, origin };
  if (/^(0|false|no|off)$/i.test(text)) return { value: false, origin };
  throw new UsageError('bad-environment', `${origin}: expected true or false`);
};
