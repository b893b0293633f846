import type { RunEvent } from '../core/event.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Subject } from '../core/target.ts';

export interface CostOptions {
  /** Price of one machine for an hour where the subject runs; undefined = not known, counted as nothing. */
  readonly hourly: (subject: Subject) => number | undefined;
  /** Milliseconds that an attempt at it is expected to take. */
  readonly expected: (subject: Subject) => number;
  readonly max?: number;
  /** Called once, with what was reached. */
  readonly onOver: (cost: number) => void;
}

interface Attempt {
  readonly subject: Subject;
  /** What it is expected to cost in all. */
  readonly reserved: number;
  /** What its machines have cost so far. */
  spent: number;
}

interface Machine {
  readonly attempt: Attempt;
  readonly since: number;
}

const hour = 3_600_000;
const over: ReadonlySet<string> = new Set(['destroyed', 'lost']);

/**
 * Adds up what machines cost, by their price and the time between their creation and their end, over any number of runs.
 * Attempts that are going on count with what they are expected to cost, so that a limit is passed by one attempt at most.
 */
export class CostMeter {
  readonly #options: CostOptions;
  readonly #attempts = new Map<string, Attempt>();
  readonly #machines = new Map<string, Machine>();
  #ended = 0;
  #told = false;

  constructor(options: CostOptions) {
    this.#options = options;
  }

  /** One for each run; their events may come in any order. */
  reporter(): Reporter {
    return { event: event => this.#event(event) };
  }

  /** Spent so far, with what is going on as far as it has come. */
  get spent(): number {
    return this.#ended + [...this.#attempts.values()].reduce((sum, { spent }) => sum + spent, 0);
  }

  #event(event: RunEvent): void {
    if (event.type === 'attempt.started') this.#start(`${event.run} ${event.attempt}`, event.subject);
    else if (event.type === 'machine.phase') this.#phase(event);
    else if (event.type === 'attempt.ended')
      this.#end(`${event.run} ${event.attempt}`, Date.parse(event.time));
    else return;
    this.#judge();
  }

  #start(key: string, subject: Subject): void {
    const reserved = ((this.#options.hourly(subject) ?? 0) * this.#options.expected(subject)) / hour;
    this.#attempts.set(key, { subject, reserved, spent: 0 });
  }

  #phase(event: Extract<RunEvent, { type: 'machine.phase' }>): void {
    const key = `${event.run} ${event.machine}`;
    const attempt = this.#attempts.get(`${event.run} ${event.attempt}`);
    if (event.phase === 'provisioning' && attempt !== undefined)
      this.#machines.set(key, { attempt, since: Date.parse(event.time) });
    else if (over.has(event.phase)) this.#stop(key, Date.parse(event.time));
  }

  #stop(key: string, at: number): void {
    const machine = this.#machines.get(key);
    if (machine === undefined) return;
    this.#machines.delete(key);
    machine.attempt.spent +=
      ((this.#options.hourly(machine.attempt.subject) ?? 0) * (at - machine.since)) / hour;
  }

  #end(key: string, at: number): void {
    const attempt = this.#attempts.get(key);
    if (attempt === undefined) return;
    for (const [name, machine] of this.#machines) if (machine.attempt === attempt) this.#stop(name, at);
    this.#attempts.delete(key);
    this.#ended += attempt.spent;
  }

  #judge(): void {
    const { max, onOver } = this.#options;
    if (max === undefined || this.#told) return;
    const committed = [...this.#attempts.values()].reduce(
      (sum, { spent, reserved }) => sum + Math.max(spent, reserved),
      this.#ended,
    );
    if (committed < max) return;
    this.#told = true;
    onOver(committed);
  }
}
