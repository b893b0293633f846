import { InterruptedError, type KolaError } from '../core/errors.ts';
import { type Subject, subjectKey } from '../core/target.ts';
import type { Capacity } from '../plan/pack.ts';
import { groupLength } from '../plan/share.ts';
import { type Admission, createAdmission } from './admission.ts';
import { emitResult } from './emit-result.ts';
import { toFailure } from './failure.ts';
import { demandOf, estimateOf, type PlanItem, sharingSpeedup } from './plan-item.ts';
import { type AttemptOutcome, confirmedResult, resultOf } from './retry.ts';
import type { TargetServices } from './services.ts';
import { runGroup } from './shared-group.ts';
import type { Settle, SharedTry } from './shared-try.ts';
import { playScenario, type TriesOptions } from './tries.ts';

/** `starting` aborts under `--fail-fast`, too: what runs may then finish. */
export interface ScheduleOptions extends TriesOptions {
  readonly items: readonly PlanItem[];
  /** The same items in starting order; those of a group of several share machines. */
  readonly groups: readonly (readonly PlanItem[])[];
  readonly capacity: Capacity;
  readonly onFailure: (subject: Subject) => void;
  /** Adds to a result the known issue that explains it. */
  readonly explain?: (subject: Subject, result: AttemptOutcome) => AttemptOutcome;
  /** How an item with machines of its own is played; default: run, with retries. */
  readonly play?: (item: PlanItem) => Promise<AttemptOutcome>;
  /** Told of every item whose turn did not come. */
  readonly onNotRun?: (item: PlanItem, reason: string) => void;
}

/** Runs all items of one target, given in order of precedence, and returns their results in the same order. */
export const runSchedule = async (options: ScheduleOptions): Promise<readonly AttemptOutcome[]> => {
  const { items, groups, capacity, services } = options;
  const { clock, usage } = services;
  const admission = createAdmission(capacity, clock, (demand, ms) => usage?.held(demand, ms));
  usage?.begin();
  const results = new Map(items.map(item => [item, Promise.withResolvers<AttemptOutcome>()]));
  const decide = (item: PlanItem, result: Promise<AttemptOutcome>): void =>
    results.get(item)?.resolve(result);
  await Promise.all(
    groups.map(async group => {
      const [first] = group;
      if (first === undefined) return;
      if (group.length === 1) return decide(first, runAlone(first, options, admission));
      await runTogether(group, options, admission, (item, shared) =>
        decide(item, afterSharing(item, shared, options, admission)),
      );
    }),
  );
  return await Promise.all([...results.values()].map(({ promise }) => promise));
};

const runAlone = async (
  item: PlanItem,
  options: ScheduleOptions,
  admission: Admission,
): Promise<AttemptOutcome> => {
  const { services, starting, play } = options;
  const held = await admission
    .acquire(demandOf(item, services), estimateOf(item).took, starting)
    .catch(() => undefined);
  if (held === undefined) return notRun(item, options);
  try {
    return await (play === undefined ? runItem(item, options) : play(item));
  } finally {
    held.release();
  }
};

const runTogether = async (
  group: readonly PlanItem[],
  options: ScheduleOptions,
  admission: Admission,
  settle: Settle,
): Promise<void> => {
  const { services, starting } = options;
  const [first] = group;
  if (first === undefined) return;
  const expected = groupLength(group.map(estimateOf), sharingSpeedup(services.flight.slowdown));
  const held = await admission.acquire(demandOf(first, services), expected, starting).catch(() => undefined);
  if (held === undefined) {
    for (const item of group) settle(item, undefined);
    return;
  }
  try {
    const { executor } = options;
    await (executor === undefined
      ? runGroup(group, options, settle)
      : executor.group(group, options, settle));
  } finally {
    held.release();
  }
};

/** The last word on a scenario that had its turn on a shared machine, or was denied one. */
const afterSharing = async (
  item: PlanItem,
  shared: SharedTry | undefined,
  options: ScheduleOptions,
  admission: Admission,
): Promise<AttemptOutcome> => {
  const { services, signal } = options;
  if (shared === undefined) return runAlone(item, options, admission);
  if (!shared.open) {
    const result = options.explain?.(item.subject, shared.outcome) ?? shared.outcome;
    emitResult(services, item.subject, result, [shared.id], shared.took);
    return result;
  }
  // What has begun may finish, also under --fail-fast: only the end of the run keeps the second opinion from coming.
  const { took } = estimateOf(item);
  const held = await admission.acquire(demandOf(item, services), took, signal).catch(() => undefined);
  try {
    if (held === undefined) return unconfirmed(item, shared, options);
    return await runItem(item, options, shared);
  } finally {
    held?.release();
  }
};

/** Neither a failure nor a pass: whose fault it was could not be found out any more. */
const unconfirmed = (item: PlanItem, shared: SharedTry, { services }: ScheduleOptions): AttemptOutcome => {
  const result: AttemptOutcome = {
    outcome: 'interrupted',
    reason: `not confirmed on a machine of its own: ${shared.outcome.reason ?? 'the shared machine was left dirty'}`,
  };
  emitResult(services, item.subject, result, [shared.id], shared.took);
  return result;
};

/** Runs a scenario on machines of its own until its result is decided; `shared` is what it came to before, elsewhere. */
const runItem = async (
  item: PlanItem,
  options: ScheduleOptions,
  shared?: SharedTry,
): Promise<AttemptOutcome> => {
  const { services, onFailure } = options;
  const { scenario, subject } = item;
  const start = services.clock.monotonic();
  const earlier = shared === undefined ? {} : { after: shared.id };
  const played = await playScenario({ scenario, subject, ...earlier }, options);
  if (played.length === 0)
    return shared === undefined ? notRun(item, options) : unconfirmed(item, shared, options);
  const waited = played.reduce((sum, attempt) => sum + (attempt.waited ?? 0), 0);
  const own = resultOf(played.map(({ outcome }) => outcome));
  const confirmed = shared === undefined ? own : confirmedResult(shared.outcome, shared.beside, own);
  const result = options.explain?.(subject, confirmed) ?? confirmed;
  const ids = [...(shared === undefined ? [] : [shared.id]), ...played.map(({ id }) => id)];
  emitResult(
    services,
    subject,
    result,
    ids,
    services.clock.monotonic() - start - waited + (shared?.took ?? 0),
  );
  const failed = result.outcome === 'failed' || result.outcome === 'timedout';
  if (failed && result.known === undefined) onFailure(subject);
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

/** For messages: which scenario it was that stopped the run. */
export const failFastReason = (subject: Subject): InterruptedError =>
  new InterruptedError(`not started because ${subjectKey(subject)} failed (--fail-fast)`);
