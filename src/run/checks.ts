import { inspect, isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/clock.ts';
import { ProductError } from '../core/errors.ts';
import { blameCheck } from './blame.ts';
import type { EventLog } from './event-log.ts';

/** Counts and logs the checks of one attempt. No check held = nothing was tested. */
export class CheckRecorder {
  held = 0;
  broken = 0;
  /** Ids of broken checks, `sub-test/check` in sub-tests. */
  readonly brokenIds: string[] = [];
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #attempt: string;

  constructor(log: EventLog, clock: Clock, attempt: string) {
    this.#log = log;
    this.#clock = clock;
    this.#attempt = attempt;
  }

  /** Runs a check; what it throws carries the check's id from here on. */
  async run<T>(check: string, subtest: string | undefined, body: () => Promise<T>): Promise<T> {
    const start = this.#clock.monotonic();
    try {
      const value = await body();
      this.#record(check, subtest, start);
      return value;
    } catch (thrown) {
      const error = blameCheck(check, thrown);
      // A lost connection or the end of the attempt decides nothing about the check.
      if (error.code === 'check-failed') this.#record(check, subtest, start, error.message);
      throw error;
    }
  }

  /** A check on values that are there already. */
  decide(check: string, subtest: string | undefined, problem: string | undefined): void {
    const start = this.#clock.monotonic();
    if (problem === undefined) {
      this.#record(check, subtest, start);
      return;
    }
    const error = new ProductError('check-failed', `${check}: ${problem}`);
    this.#record(check, subtest, start, error.message);
    throw error;
  }

  #record(check: string, subtest: string | undefined, start: number, problem?: string): void {
    if (problem === undefined) this.held += 1;
    else {
      this.broken += 1;
      this.brokenIds.push(subtest === undefined ? check : `${subtest}/${check}`);
    }
    this.#log.emit({
      type: 'check.ended',
      attempt: this.#attempt,
      check,
      ...(subtest === undefined ? {} : { subtest }),
      held: problem === undefined,
      ...(problem === undefined ? {} : { message: problem }),
      took: this.#clock.monotonic() - start,
    });
  }
}

const show = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 4, breakLength: 110 });

const saying = (what: string | undefined): string => (what === undefined ? '' : `${what}: `);

/** Undefined when equal, else one line with both values. */
export const differs = (actual: unknown, expected: unknown, what?: string): string | undefined =>
  isDeepStrictEqual(actual, expected)
    ? undefined
    : `${saying(what)}expected ${show(expected)}, found ${show(actual)}`;

export const mismatches = (actual: string, pattern: RegExp, what?: string): string | undefined =>
  new RegExp(pattern.source, pattern.flags.replace('g', '')).test(actual)
    ? undefined
    : `${saying(what)}expected text matching ${pattern}, found ${show(actual.slice(0, 500))}`;
