import type { EventBody, EventOf, RunEvent } from '../core/event.ts';
import type { Failure } from '../core/failure.ts';
import { type ExitCode, exitCode, isInfrastructure, type Outcome } from '../core/outcome.ts';
import { subjectKey, type Target, targetKey } from '../core/target.ts';
import type { EventLog } from './import/read-log.ts';

/**
 * Joins the logs of shards and platforms into one log, from which every report can be made (`kola merge`). Attempt and
 * machine ids get their run's id in front and evidence folders their place under `runs/<run>/`, so that nothing of one
 * run can be taken for another's. A subject that several runs decided is decided once: passed and failed is flaky.
 */
export const mergeLogs = (logs: readonly EventLog[], run: string, command: readonly string[]): RunEvent[] => {
  const ordered = [...logs].sort(
    (a, b) => timeOf(a.events[0]) - timeOf(b.events[0]) || (a.run < b.run ? -1 : 1),
  );
  const decided = decideAgain(ordered);
  const bodies: { readonly time: string; readonly body: EventBody }[] = [];
  const start = ordered[0]?.events[0]?.time ?? new Date(0).toISOString();
  // ISO 8601 in UTC sorts as text.
  const end =
    ordered
      .map(log => log.events.at(-1)?.time ?? start)
      .sort()
      .at(-1) ?? start;
  bodies.push(
    { time: start, body: mergedStart(ordered, command) },
    { time: start, body: mergedPlan(ordered) },
  );
  for (const log of ordered) {
    for (const event of log.events) {
      const body = moved(event, log.run);
      if (body !== undefined) bodies.push({ time: event.time, body });
    }
  }
  for (const body of decided) bodies.push({ time: end, body });
  bodies.push({
    time: end,
    body: mergedEnd(ordered, decided, timeOf({ time: end }) - timeOf({ time: start })),
  });
  return bodies.map(({ time, body }, index) => ({ v: 1, run, seq: index + 1, time, ...body }) as RunEvent);
};

/** Where a run's evidence lies in the merged folder; the caller copies it there. */
export const mergedFolder = (run: string, folder: string): string => `runs/${run}/${folder}`;

const timeOf = (event: { readonly time: string } | undefined): number => Date.parse(event?.time ?? '') || 0;

const eventsOf = <Type extends RunEvent['type']>(log: EventLog, type: Type): EventOf<Type>[] =>
  log.events.filter((event): event is EventOf<Type> => event.type === type);

const mergedStart = (logs: readonly EventLog[], command: readonly string[]): EventBody => {
  const starts = logs.flatMap(log => eventsOf(log, 'run.started'));
  const targets = new Map<string, Target>();
  for (const target of starts.flatMap(start => start.targets)) {
    targets.set(`${targetKey(target)} ${target.image.digest}`, target);
  }
  const first = starts[0];
  return {
    type: 'run.started',
    kola: first?.kola ?? 'unknown',
    command: [...command],
    seed: first?.seed ?? 0,
    slots: starts.reduce((sum, start) => sum + start.slots, 0),
    host: first?.host ?? { cpus: 0, memoryMiB: 0, node: '' },
    targets: [...targets.values()],
  };
};

const mergedPlan = (logs: readonly EventLog[]): EventBody => {
  const plans = logs.flatMap(log => eventsOf(log, 'plan.decided'));
  const selected = new Map(plans.flatMap(plan => plan.selected).map(one => [subjectKey(one), one]));
  const key = (one: { readonly scenario: string } & Target): string => `${targetKey(one)}:${one.scenario}`;
  const chosen = new Set([...selected.values()].map(key));
  // What one shard left out, another one ran.
  const unselected = new Map(plans.flatMap(plan => plan.unselected).map(one => [key(one), one]));
  return {
    type: 'plan.decided',
    selected: [...selected.values()],
    unselected: [...unselected.values()].filter(one => !chosen.has(key(one))),
  };
};

/** An event under its new ids; undefined for those that are made anew. */
const moved = (event: RunEvent, run: string): EventBody | undefined => {
  const { v: _v, run: _run, seq: _seq, time: _time, ...body } = event;
  const own = (id: string): string => `${run}.${id}`;
  switch (body.type) {
    case 'run.started':
    case 'plan.decided':
    case 'result.decided':
    case 'run.ended':
    case 'known-issues.judged':
      return undefined;
    case 'known-issues.listed':
      return body;
    case 'machine.phase': {
      const folder = body.detail?.folder;
      const detail =
        folder === undefined ? body.detail : { ...body.detail, folder: mergedFolder(run, folder) };
      return {
        ...body,
        attempt: own(body.attempt),
        machine: own(body.machine),
        ...(detail === undefined ? {} : { detail }),
      };
    }
    case 'shared.phase': {
      const folder = body.detail?.folder;
      return {
        ...body,
        machine: own(body.machine),
        ...(folder === undefined ? {} : { detail: { ...body.detail, folder: mergedFolder(run, folder) } }),
      };
    }
    case 'shared.retired':
      return { ...body, machine: own(body.machine), attempts: body.attempts.map(own) };
    case 'subtest.ended':
    case 'attempt.ended':
      return { ...body, attempt: own(body.attempt), ...failureIn(body, run) };
    case 'rule.hit':
      return { ...body, attempt: own(body.attempt), machine: own(body.machine) };
    case 'log':
      return {
        ...body,
        ...(body.attempt === undefined ? {} : { attempt: own(body.attempt) }),
        ...(body.machine === undefined ? {} : { machine: own(body.machine) }),
      };
    case 'proof.decided':
      return { ...body, attempts: body.attempts.map(own) };
    case 'attempt.started':
      return {
        ...body,
        attempt: own(body.attempt),
        ...(body.retryOf === undefined ? {} : { retryOf: own(body.retryOf) }),
      };
    default:
      return { ...body, attempt: own(body.attempt) };
  }
};

/** A failure whose evidence is found in the merged folder. */
const failureIn = (
  body: { readonly failure?: Failure | undefined },
  run: string,
): { readonly failure?: Failure } => {
  const { failure } = body;
  if (failure === undefined) return {};
  const evidence = failure.evidence.map(one =>
    one.path === undefined ? one : { ...one, path: mergedFolder(run, one.path) },
  );
  return { failure: { ...failure, evidence } };
};

type Decided = Omit<EventOf<'result.decided'>, 'v' | 'run' | 'seq' | 'time'>;

const decideAgain = (logs: readonly EventLog[]): Decided[] => {
  const all = logs.flatMap(log =>
    eventsOf(log, 'result.decided').map(({ v: _v, run: _run, seq: _seq, time: _time, ...result }) => ({
      ...result,
      ...failureIn(result, log.run),
      attempts: result.attempts.map(id => `${log.run}.${id}`),
    })),
  );
  return [...Map.groupBy(all, one => `${subjectKey(one.subject)} ${one.subject.image.digest}`).values()].map(
    joined,
  );
};

const joined = (results: readonly Decided[]): Decided => {
  const outcome = overall(results.map(one => one.outcome));
  const speaking = results.findLast(one => one.outcome === outcome) ?? results.at(-1);
  if (speaking === undefined) throw new RangeError('a subject has at least one result');
  const failed = results.findLast(one => one.failure !== undefined);
  return {
    ...speaking,
    ...(failed?.failure === undefined || outcome === 'passed' ? {} : { failure: failed.failure }),
    outcome,
    attempts: results.flatMap(one => one.attempts),
    took: results.reduce((sum, one) => sum + one.took, 0),
  };
};

/** From the most telling to the least. */
const telling: readonly Outcome[] = ['failed', 'timedout', 'blocked', 'interrupted', 'skipped', 'notrun'];

const overall = (outcomes: readonly Outcome[]): Outcome => {
  const failed = outcomes.includes('failed') || outcomes.includes('timedout');
  if (outcomes.includes('flaky') || (failed && outcomes.includes('passed'))) return 'flaky';
  if (outcomes.includes('passed')) return 'passed';
  return telling.find(one => outcomes.includes(one)) ?? 'notrun';
};

const mergedEnd = (logs: readonly EventLog[], results: readonly Decided[], took: number): EventBody => {
  const ends = logs.map(log => log.events.findLast(event => event.type === 'run.ended'));
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const unfinished = ends.filter(end => end === undefined).length;
  const code = mergedExitCode(logs, results);
  const cut = unfinished === 0 ? '' : `, ${unfinished} of them unfinished`;
  return {
    type: 'run.ended',
    exitCode: code,
    verdict: `${results.length} results of ${logs.length} runs${cut}`,
    counts,
    leaked: ends.flatMap(end => (end?.type === 'run.ended' ? end.leaked : [])),
    took: Math.max(0, took),
  };
};

/** By the results as they are decided now: a failure that another run passed is a flake and no failure any more. */
const mergedExitCode = (logs: readonly EventLog[], results: readonly Decided[]): ExitCode => {
  const ends = logs.map(log => eventsOf(log, 'run.ended').at(-1)?.exitCode);
  if (ends.includes(exitCode.usage)) return exitCode.usage;
  const open = results.some(one => one.outcome === 'interrupted' || one.outcome === 'notrun');
  // What a run left out on purpose (a cost limit, a smoke tier that failed) cannot be resumed: that run says so itself.
  const cut = open && ends.includes(exitCode.interrupted);
  if (cut || ends.includes(undefined)) return exitCode.interrupted;
  const bad = results.filter(one => one.outcome === 'failed' || one.outcome === 'timedout');
  if (bad.some(one => one.failure === undefined || !isInfrastructure(one.failure.kind)))
    return exitCode.failed;
  if (bad.length > 0 || open || results.some(one => one.outcome === 'blocked'))
    return exitCode.infrastructure;
  if (ends.includes(exitCode.flaky)) return exitCode.flaky;
  return results.length === 0 ? exitCode.nothingSelected : exitCode.passed;
};
