import type { KolaError } from '../core/errors.ts';
import { type EventBody, eventVersion, runEventSchema } from '../core/event.ts';
import { brandId } from '../core/ids.ts';
import type { Subject } from '../core/target.ts';
import type { PlayedAttempt } from '../run/attempt.ts';
import type { EventLog } from '../run/event-log.ts';
import { outcomeOf, toFailure } from '../run/failure.ts';
import type { AttemptOutcome } from '../run/retry.ts';

interface Followed {
  readonly id: string;
  readonly subject: Subject;
  readonly number: number;
  readonly sabotage?: string;
  ended?: AttemptOutcome;
}

interface FollowedMachine {
  readonly role: string;
  /** Absent = attempts share it. */
  readonly attempt?: string;
}

const noPhases = { provision: 0, boot: 0, run: 0, teardown: 0 } as const;
const sharedPhases = new Set(['shared', 'released']);

/** Writes what a host tells into the log of the run, and brings it to an end when the host cannot. */
export class Follower {
  readonly #log: EventLog;
  readonly #attempts = new Map<string, Followed>();
  readonly #machines = new Map<string, FollowedMachine>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  get attempts(): readonly Followed[] {
    return [...this.#attempts.values()];
  }

  /** Takes an event as it came; what is none is left out, and said. */
  take(body: unknown): void {
    const envelope = { v: eventVersion, run: '-', seq: 1, time: '1970-01-01T00:00:00.000Z' };
    const parsed = runEventSchema.safeParse({ ...(body as object), ...envelope });
    if (!parsed.success) {
      const text = `Left out an event of a worker: ${parsed.error.issues[0]?.message ?? 'unknown form'}`;
      this.#log.emit({ type: 'log', level: 'warn', text });
      return;
    }
    this.emit(body as EventBody);
  }

  emit(body: EventBody): void {
    this.#note(body);
    this.#log.emit(body);
  }

  #note(body: EventBody): void {
    if (body.type === 'attempt.started') {
      const { attempt: id, subject, number, sabotage } = body;
      this.#attempts.set(id, { id, subject, number, ...(sabotage === undefined ? {} : { sabotage }) });
    } else if (body.type === 'attempt.ended') {
      const known = this.#attempts.get(body.attempt);
      const { outcome, reason, failure } = body;
      if (known !== undefined)
        known.ended = {
          outcome,
          ...(reason === undefined ? {} : { reason }),
          ...(failure === undefined ? {} : { failure }),
        };
    } else if (body.type === 'machine.phase' || body.type === 'shared.phase') this.#noteMachine(body);
  }

  #noteMachine(body: Extract<EventBody, { type: 'machine.phase' | 'shared.phase' }>): void {
    const { machine, phase } = body;
    if (sharedPhases.has(phase)) return;
    if (phase === 'destroyed' || phase === 'frozen' || phase === 'lost') this.#machines.delete(machine);
    else if (body.type === 'shared.phase') this.#machines.set(machine, { role: 'machine' });
    else this.#machines.set(machine, { role: body.role, attempt: body.attempt });
  }

  /** The host is lost: ends what it had begun, and tells its machines as lost. */
  lose(error: KolaError): void {
    for (const [machine, { role, attempt }] of this.#machines) {
      const id = brandId<never>(machine);
      if (attempt === undefined) this.#log.emit({ type: 'shared.phase', machine: id, phase: 'lost' });
      else this.#log.emit({ type: 'machine.phase', attempt, machine: id, role, phase: 'lost' });
    }
    this.#machines.clear();
    const result = { outcome: outcomeOf(error), reason: error.message, failure: toFailure(error) };
    for (const { id, subject, number, sabotage } of this.attempts.filter(({ ended }) => ended === undefined))
      this.emit({
        type: 'attempt.ended',
        attempt: id,
        subject,
        number,
        ...(sabotage === undefined ? {} : { sabotage }),
        ...result,
        checks: { held: 0, broken: 0 },
        phases: { ...noPhases },
      });
  }
}

/** An attempt whose host was lost: nobody knows what it came to. */
export const lostAttempt = (id: string, error: KolaError): PlayedAttempt => ({
  id,
  outcome: { outcome: outcomeOf(error), reason: error.message, failure: toFailure(error) },
  phases: { ...noPhases },
  brokenChecks: [],
  sabotaged: 0,
  longestWait: 0,
});
