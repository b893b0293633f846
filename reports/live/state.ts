import type { EventOf, RunEvent } from '../../src/core/event.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { type Subject, subjectKey, targetKey } from '../../src/core/target.ts';
import { countOutcomes, scenarioName } from '../run-model.ts';

/** An attempt that goes on. Times are milliseconds since the epoch. */
export interface RunningAttempt {
  readonly key: string;
  readonly name: string;
  readonly number: number;
  readonly since: number;
  readonly machines: Map<string, { readonly role: string; readonly phase: string }>;
  subtest: string | undefined;
}

/** What the live view knows; it forgets what is finished, so that a long run costs no memory. */
export class LiveState {
  readonly counts: Record<Outcome, number> = { ...countOutcomes([]) };
  readonly running = new Map<string, RunningAttempt>();
  /** Selected and without a result, with the number of machines each takes. */
  readonly open = new Map<string, number>();
  /** Machines that several attempts are to use, with what they are at, until they are ready. */
  readonly preparing = new Map<string, string>();
  total = 0;
  done = 0;
  slots = 1;
  startedAt: number | undefined;
  private severalTargets = false;
  private finished = { count: 0, took: 0 };
  /** Of what has ended and was known before. */
  private known = { count: 0, took: 0, expected: 0 };
  private readonly expected: Map<string, number>;

  /** `expected`: known durations in milliseconds by subject key, or by scenario name. */
  constructor(expected: ReadonlyMap<string, number> = new Map()) {
    this.expected = new Map(expected);
  }

  event(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.startedAt ??= Date.parse(event.time);
        this.slots = Math.max(1, event.slots);
        this.severalTargets = event.targets.length > 1;
        break;
      case 'plan.decided':
        for (const selected of event.selected) {
          this.open.set(subjectKey(selected), selected.machines);
          if (selected.expected !== undefined) this.expected.set(subjectKey(selected), selected.expected);
        }
        this.total = this.done + this.open.size;
        break;
      case 'attempt.started':
        this.running.set(event.attempt, {
          key: subjectKey(event.subject),
          name: this.nameOf(event.subject),
          number: event.number,
          since: Date.parse(event.time),
          machines: new Map(),
          subtest: undefined,
        });
        break;
      case 'attempt.ended':
        this.running.delete(event.attempt);
        break;
      case 'result.decided':
        this.decide(event);
        break;
      case 'shared.phase':
        if (['provisioning', 'booting', 'connected'].includes(event.phase))
          this.preparing.set(event.machine, event.phase);
        else this.preparing.delete(event.machine);
        break;
      default:
        this.detail(event);
    }
  }

  private detail(event: RunEvent): void {
    if (!('attempt' in event) || event.attempt === undefined) return;
    const attempt = this.running.get(event.attempt);
    if (attempt === undefined) return;
    if (event.type === 'machine.phase')
      attempt.machines.set(event.machine, { role: event.role, phase: event.phase });
    else if (event.type === 'subtest.started') attempt.subtest = event.subtest;
    else if (event.type === 'subtest.ended') attempt.subtest = undefined;
  }

  private decide(event: EventOf<'result.decided'>): void {
    this.open.delete(subjectKey(event.subject));
    this.done += 1;
    this.total = Math.max(this.total, this.done);
    this.counts[event.outcome] += 1;
    if (event.took === 0 || event.outcome === 'blocked') return;
    this.finished = { count: this.finished.count + 1, took: this.finished.took + event.took };
    const expected = this.expectedOf(subjectKey(event.subject));
    if (expected === undefined) return;
    const { count, took, expected: before } = this.known;
    this.known = { count: count + 1, took: took + event.took, expected: before + expected };
  }

  private expectedOf(key: string): number | undefined {
    return this.expected.get(key) ?? this.expected.get(scenarioOf(key));
  }

  /** How this run compares with those that durations are known from: another host, clones, shared machines. */
  private get pace(): number {
    const { count, took, expected } = this.known;
    return count < enoughToTell || expected === 0 ? 1 : took / expected;
  }

  /** Scenario name, with the target before it when there are several. */
  nameOf(subject: Subject): string {
    const name = scenarioName(subject);
    return this.severalTargets ? `${targetKey(subject)}:${name}` : name;
  }

  /**
   * Milliseconds until the end, roughly: work left divided by the slots, and at least the longest piece.
   * `undefined` as long as nothing is known about durations.
   */
  remaining(now: number): number | undefined {
    const { count, took } = this.finished;
    const average = count === 0 ? undefined : took / count;
    const startedAt = new Map(Array.from(this.running.values(), ({ key, since }) => [key, since]));
    const { pace } = this;
    let work = 0;
    let longest = 0;
    for (const [key, machines] of this.open) {
      const known = this.expectedOf(key);
      const expected = known === undefined ? average : known * pace;
      if (expected === undefined) return undefined;
      const since = startedAt.get(key);
      const left = Math.max(0, expected - (since === undefined ? 0 : now - since));
      work += left * machines;
      longest = Math.max(longest, left);
    }
    return Math.max(longest, work / this.slots);
  }
}

/** Results before the pace of a run is told from them. */
const enoughToTell = 5;

const scenarioOf = (key: string): string => key.slice(key.indexOf(':') + 1).replace(/#\d+$/, '');

/** What an attempt is at, in a word or two. */
export const activity = (attempt: RunningAttempt): string => {
  // A template is no machine of the attempt any more.
  const phases = [...attempt.machines.values()].filter(machine => machine.phase !== 'frozen');
  const at = (phase: string): boolean => phases.some(machine => machine.phase === phase);
  if (phases.length === 0) return 'waiting';
  if (at('lost')) return 'lost a machine';
  if (at('destroying')) return 'cleaning up';
  if (at('provisioning')) return 'creating';
  if (at('booting')) return 'booting';
  if (at('rebooting')) return 'rebooting';
  if (at('connected')) return 'getting ready';
  if (phases.every(machine => machine.phase === 'destroyed')) return 'cleaning up';
  return attempt.subtest === undefined ? 'testing' : attempt.subtest;
};
