import { InterruptedError, type KolaError } from '../core/errors.ts';
import type { Scenario } from '../core/scenario.ts';
import { type Subject, subjectKey } from '../core/target.ts';
import type { Known } from '../plan/order.ts';
import type { Capacity, Demand } from '../plan/pack.ts';
import { createAdmission } from './admission.ts';
import { toFailure } from './failure.ts';
import { type AttemptOutcome, resultOf } from './retry.ts';
import type { TargetServices } from './services.ts';
import { playScenario, type TriesOptions } from './tries.ts';

/** One scenario that was selected for one target. */
export interface PlanItem {
  readonly scenario: Scenario;
  readonly subject: Subject;
  /** Machines at once. */
  readonly machines: number;
  readonly known: Known | undefined;
}

/** `starting` aborts under `--fail-fast`, too: what runs may then finish. */
export interface ScheduleOptions extends TriesOptions {
  /** In starting order. */
  readonly items: readonly PlanItem[];
  readonly capacity: Capacity;
  readonly onFailure: (subject: Subject) => void;
  /** How an item is played; default: run, with retries. */
  readonly play?: (item: PlanItem) => Promise<AttemptOutcome>;
  /** Told of every item whose turn did not come. */
  readonly onNotRun?: (item: PlanItem, reason: string) => void;
}

/** Milliseconds that a scenario is taken to need when nothing is known of it. */
const unknownDuration = 180_000;

/** Runs all items of one target, given in order of precedence, and returns their results in the same order. */
export const runSchedule = async (options: ScheduleOptions): Promise<readonly AttemptOutcome[]> => {
  const { items, capacity, services, starting } = options;
  const play = options.play ?? (item => runItem(item, options));
  const admission = createAdmission(capacity, services.clock);
  return Promise.all(
    items.map(async item => {
      const expected = item.known?.took ?? unknownDuration;
      const held = await admission
        .acquire(demandOf(item, services), expected, starting)
        .catch(() => undefined);
      if (held === undefined) return notRun(item, options);
      try {
        return await play(item);
      } finally {
        held.release();
      }
    }),
  );
};

const demandOf = ({ machines, scenario }: PlanItem, { flight }: TargetServices): Demand => ({
  machines,
  memoryMiB: machines * (scenario.needs.memoryMiB ?? flight.defaultSize.memoryMiB),
  vcpus: machines * (scenario.needs.vcpus ?? flight.defaultSize.vcpus),
});

const runItem = async (item: PlanItem, options: ScheduleOptions): Promise<AttemptOutcome> => {
  const { services, onFailure } = options;
  const { subject } = item;
  const start = services.clock.monotonic();
  const played = await playScenario(item, options);
  const result = resultOf(played.map(({ outcome }) => outcome));
  const ids = played.map(({ id }) => id);
  emitResult(services, subject, result, ids, services.clock.monotonic() - start);
  if (result.outcome === 'failed' || result.outcome === 'timedout') onFailure(subject);
  return result;
};

const notRun = (item: PlanItem, { services, starting, onNotRun }: ScheduleOptions): AttemptOutcome => {
  const reason = starting.reason instanceof Error ? starting.reason.message : 'the run was stopped';
  onNotRun?.(item, reason);
  const result: AttemptOutcome = { outcome: 'notrun', reason };
  emitResult(services, item.subject, result, [], 0);
  return result;
};

/** Results of a target that could not be opened at all: nothing about them was tested. */
export const blockAll = (
  items: readonly PlanItem[],
  services: Pick<TargetServices, 'log'>,
  error: KolaError,
): readonly AttemptOutcome[] =>
  items.map(({ subject }) => {
    const result: AttemptOutcome =
      error instanceof InterruptedError
        ? { outcome: 'notrun', reason: error.message }
        : { outcome: 'blocked', reason: error.message, failure: toFailure(error) };
    emitResult(services, subject, result, [], 0);
    return result;
  });

/** Writes a result down. */
export const emitResult = (
  { log }: Pick<TargetServices, 'log'>,
  subject: Subject,
  result: AttemptOutcome,
  attempts: readonly string[],
  took: number,
): void => log.emit({ type: 'result.decided', subject, ...result, attempts: [...attempts], took });

/** For messages: which scenario it was that stopped the run. */
export const failFastReason = (subject: Subject): InterruptedError =>
  new InterruptedError(`not started because ${subjectKey(subject)} failed (--fail-fast)`);
