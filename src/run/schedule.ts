import PQueue from 'p-queue';
import { InterruptedError, type KolaError } from '../core/errors.ts';
import type { Scenario } from '../core/scenario.ts';
import { type Subject, subjectKey } from '../core/target.ts';
import { createAdmission } from './admission.ts';
import { runAttempt } from './attempt.ts';
import { toFailure } from './failure.ts';
import type { RetryPolicy } from './request.ts';
import { type AttemptOutcome, resultOf, shouldRetry } from './retry.ts';
import type { TargetServices } from './services.ts';

/** One scenario that was selected for one target. */
export interface PlanItem {
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly machines: number;
}

export interface ScheduleOptions {
  /** In starting order. */
  readonly items: readonly PlanItem[];
  readonly services: TargetServices;
  readonly slots: number;
  readonly retries: RetryPolicy;
  /** The run is being stopped: running attempts are cut short. */
  readonly signal: AbortSignal;
  /** Nothing new starts (also `--fail-fast`); what runs may finish. */
  readonly starting: AbortSignal;
  readonly onFailure: (subject: Subject) => void;
}

/** Runs all items of one target and returns their results in the order of the items. */
export const runSchedule = async (options: ScheduleOptions): Promise<readonly AttemptOutcome[]> => {
  const { items, slots } = options;
  const admission = createAdmission(slots);
  // p-queue bounds how many wait for machines; how many machines they have is the admission's business. Its own
  // timeout and signal are not used: they would free a place while the machines are still there.
  const queue = new PQueue({ concurrency: Math.max(1, slots) });
  const results = items.map(item =>
    queue.add(async () => {
      const held = await admission.acquire(item.machines, options.starting).catch(() => undefined);
      if (held === undefined) return notRun(item, options);
      try {
        return await runItem(item, options);
      } finally {
        held.release();
      }
    }),
  );
  return Promise.all(results);
};

const runItem = async (item: PlanItem, options: ScheduleOptions): Promise<AttemptOutcome> => {
  const { services, retries, signal, starting, onFailure } = options;
  const { scenario, subject } = item;
  const start = services.clock.monotonic();
  const attempts: AttemptOutcome[] = [];
  const ids: string[] = [];
  do {
    const id = `${services.ids.next()}`;
    const retryOf = ids.at(-1);
    const number = ids.length + 1;
    ids.push(id);
    attempts.push(
      await runAttempt({
        services,
        scenario,
        subject,
        id,
        number,
        signal,
        ...(retryOf === undefined ? {} : { retryOf }),
      }),
    );
  } while (!starting.aborted && shouldRetry(attempts, retries));
  const result = resultOf(attempts);
  emitResult(services, subject, result, ids, services.clock.monotonic() - start);
  if (result.outcome === 'failed' || result.outcome === 'timedout') onFailure(subject);
  return result;
};

const notRun = (item: PlanItem, { services, starting }: ScheduleOptions): AttemptOutcome => {
  const reason = starting.reason instanceof Error ? starting.reason.message : 'the run was stopped';
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

const emitResult = (
  { log }: Pick<TargetServices, 'log'>,
  subject: Subject,
  result: AttemptOutcome,
  attempts: readonly string[],
  took: number,
): void => log.emit({ type: 'result.decided', subject, ...result, attempts: [...attempts], took });

/** For messages: which scenario it was that stopped the run. */
export const failFastReason = (subject: Subject): InterruptedError =>
  new InterruptedError(`not started because ${subjectKey(subject)} failed (--fail-fast)`);
