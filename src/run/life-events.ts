import type { EventOf } from '../core/event.ts';
import type { MachineId } from '../core/ids.ts';
import type { RuleHit } from '../machine/console/hit.ts';
import type { LogSource } from '../machine/machine-options.ts';
import type { EventLog } from './event-log.ts';

export type LifePhase = EventOf<'shared.phase'>['phase'];
export type PhaseDetail = NonNullable<EventOf<'machine.phase'>['detail']>;

/** What is told about a machine while it lives: under the attempt it belongs to, or as one that attempts share. */
export interface LifeEvents {
  phase(event: PhaseEvent): void;
  hit(machine: MachineId, hit: RuleHit, source: LogSource): void;
  /** A line for those who look closely. */
  note(machine: MachineId, text: string): void;
}

export interface PhaseEvent {
  readonly machine: MachineId;
  readonly role: string;
  readonly phase: LifePhase;
  /** Milliseconds of the phase before. */
  readonly took: number;
  readonly detail?: PhaseDetail;
}

export const attemptEvents = (log: EventLog, attempt: string): LifeEvents => ({
  phase: event => log.emit({ type: 'machine.phase', attempt, ...event }),
  hit: (machine, hit, source) => log.emit(hitEvent(attempt, machine, hit, source)),
  note: (machine, text) => log.emit({ type: 'log', level: 'debug', text, attempt, machine }),
});

export const hitEvent = (attempt: string, machine: MachineId, hit: RuleHit, source: LogSource) =>
  ({
    type: 'rule.hit',
    attempt,
    machine,
    rule: hit.rule,
    source,
    line: hit.line,
    text: hit.text,
    ...(hit.excused === undefined ? {} : { excused: hit.excused }),
  }) as const;
