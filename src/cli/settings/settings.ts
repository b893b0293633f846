import { UsageError } from '../../core/errors.ts';
import { didYouMean } from '../nearest.ts';

/** Where a value came from, as an error message names it. */
export interface Setting {
  readonly value: string | boolean | readonly string[];
  /** `--parallel 0`, `KOLA_PARALLEL=0`, `kola.yaml:3 parallel: 0`. */
  readonly origin: string;
}

/** The options of one call after flags, environment, kola.yaml and defaults have been laid over each other. */
export class Settings {
  readonly #values: ReadonlyMap<string, Setting>;
  readonly #defaults: ReadonlySet<string>;

  constructor(values: ReadonlyMap<string, Setting>, defaults: ReadonlySet<string> = new Set()) {
    this.#values = values;
    this.#defaults = defaults;
  }

  /** Somebody said it: it is not a default. */
  said(name: string): boolean {
    return this.#values.has(name) && !this.#defaults.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  on(name: string): boolean {
    return this.#values.get(name)?.value === true;
  }

  /** Items of a repeatable option; commas separate items too. Empty when absent. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name)?.value;
    if (value === undefined || typeof value === 'boolean') return [];
    return (typeof value === 'string' ? [value] : value)
      .flatMap(text => text.split(','))
      .map(text => text.trim())
      .filter(text => text !== '');
  }

  /** Values of a repeatable option as they were given: commas belong to them. */
  texts(name: string): readonly string[] {
    const value = this.#values.get(name)?.value;
    return value === undefined || typeof value === 'boolean' ? [] : [value].flat();
  }

  /** A whole number of at least `least`. */
  integer(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw this.wrong(name, `a whole number of at least ${least}`);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find(choice => choice === text);
    if (found !== undefined) return found;
    throw this.wrong(name, `one of ${choices.join(', ')}`, didYouMean(text, choices));
  }

  /** The same with these values; what somebody said stays, unless `override` is set. `origin` is for messages. */
  with(values: ReadonlyMap<string, string | true>, origin: string, override: boolean): Settings {
    const own = [...values].filter(([name]) => override || !this.said(name));
    const laid = own.map(
      ([name, value]) => [name, { value, origin: `${origin}: ${name} ${value}` }] as const,
    );
    const defaults = [...this.#defaults].filter(name => !values.has(name));
    return new Settings(new Map([...this.#values, ...laid]), new Set(defaults));
  }

  /** The error for a value that cannot be used. */
  wrong(name: string, expected: string, hint?: string): UsageError {
    const origin = this.#values.get(name)?.origin ?? `--${name}`;
    return new UsageError(
      `bad-${name}`,
      `${origin}: expected ${expected}`,
      hint === undefined ? {} : { hint },
    );
  }

  origin(name: string): string {
    return this.#values.get(name)?.origin ?? `--${name}`;
  }
}
