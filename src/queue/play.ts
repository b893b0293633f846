import type { Clock } from '../core/clock.ts';
import { asKolaError, HarnessError, InterruptedError, type KolaError } from '../core/errors.ts';
import type { EventBody } from '../core/event.ts';
import type { Scenario } from '../core/scenario.ts';
import { runAttempt } from '../run/attempt.ts';
import type { Durations } from '../run/durations.ts';
import { outcomeOf, toFailure } from '../run/failure.ts';
import { demandOf, type PlanItem } from '../run/plan-item.ts';
import type { TargetServices } from '../run/services.ts';
import { runGroup } from '../run/shared-group.ts';
import type { SharedTry } from '../run/shared-try.ts';
import { UsageMeter } from '../run/usage.ts';
import { lostAttempt } from './follower.ts';
import type { Done, Job, Message } from './messages.ts';
import type { OpenPlace, WorkerPlaces } from './worker-places.ts';

export interface PlayOptions {
  readonly places: WorkerPlaces;
  readonly scenarios: ReadonlyMap<string, Scenario>;
  readonly clock: Clock;
  /** Existing folder for this job's evidence. */
  readonly folder: string;
  readonly say: (message: Message) => void;
  /** The job is to end. */
  readonly signal: AbortSignal;
}

/** Plays one job to its end and says everything about it; the last word is returned. Never throws. */
export const playJob = async (job: Job, options: PlayOptions): Promise<Done> => {
  const { places } = options;
  try {
    return await places.use(job.run, job.place, place => playAt(place, job, options));
  } catch (thrown) {
    return refuseJob(job, asKolaError(thrown), options);
  }
};

const playAt = async (open: OpenPlace, job: Job, options: PlayOptions): Promise<Done> => {
  const { signal, say, folder, clock } = options;
  const usage = new UsageMeter(clock, {
    slots: 1,
    capacity: { machines: 1, memoryMiB: Number.POSITIVE_INFINITY, vcpus: Number.POSITIVE_INFINITY },
  });
  const services: TargetServices = {
    ...open.services,
    log: { emit: body => say({ kind: 'event', body }), close: () => {} },
    usage,
    runDir: folder,
  };
  const first = job.kind === 'attempt' ? job.attempt : job.items[0];
  if (first === undefined) throw new HarnessError('queue-job', 'a job has no scenario');
  const item = itemOf(first, options.scenarios);
  const demand = demandOf(item, services);
  const held = await open.admission.acquire(demand, 0, signal);
  const begun = clock.monotonic();
  usage.begin();
  try {
    const played =
      job.kind === 'attempt'
        ? await playAttempt(job, services, item.scenario, signal)
        : await playGroup(job, services, options);
    usage.held(demand, clock.monotonic() - begun);
    const { machines = 0, machineTime = 0 } = usage.result() ?? {};
    return { kind: 'done', notes: [], ...played, machines, machineTime };
  } finally {
    held.release();
  }
};

type AttemptJob = Extract<Job, { kind: 'attempt' }>;
type GroupJob = Extract<Job, { kind: 'group' }>;

const playAttempt = async (
  { attempt }: AttemptJob,
  services: TargetServices,
  scenario: Scenario,
  signal: AbortSignal,
): Promise<Pick<Done, 'played'>> => {
  const { id, number, retryOf, subject, sabotaged, patience } = attempt;
  const sabotage = sabotaged ? scenario.sabotage : undefined;
  if (sabotaged && sabotage === undefined)
    throw new HarnessError('queue-sabotage', `${scenario.name} declares no sabotage on this host`);
  const played = await runAttempt({
    services,
    scenario,
    subject: subjectOf(subject),
    id,
    number,
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(sabotage === undefined ? {} : { sabotage }),
    ...(patience === undefined ? {} : { patience }),
    signal,
  });
  return { played: JSON.parse(JSON.stringify(played)) as NonNullable<Done['played']> };
};

const playGroup = async (
  { items }: GroupJob,
  services: TargetServices,
  { scenarios, signal }: PlayOptions,
): Promise<Pick<Done, 'tries' | 'notes'>> => {
  const group = items.map(item => itemOf(item, scenarios));
  const notes: Done['notes'] = [];
  const durations: Durations = {
    known: () => undefined,
    note: (scenario, seen) => void notes.push({ scenario, seen: { ...seen } }),
    save: () => {},
  };
  const tries: { index: number; shared: SharedTry }[] = [];
  await runGroup(
    group,
    { services, retries: { infrastructure: 0, product: 0 }, signal, starting: signal, durations },
    (item, shared) => {
      if (shared !== undefined) tries.push({ index: group.indexOf(item), shared });
    },
  );
  return { notes, tries: JSON.parse(JSON.stringify(tries)) as NonNullable<Done['tries']> };
};

type JobSubject = AttemptJob['attempt']['subject'];

/** Without keys whose value is undefined, which exact optional properties do not allow. */
const subjectOf = (subject: JobSubject): PlanItem['subject'] =>
  JSON.parse(JSON.stringify(subject)) as PlanItem['subject'];

/** The scenario of this name as this host knows it, with the allowances of the run. */
const itemOf = (
  { subject, allow, known }: Pick<GroupJob['items'][number], 'subject' | 'allow' | 'known'>,
  scenarios: ReadonlyMap<string, Scenario>,
): PlanItem => {
  const found = scenarios.get(subject.scenario);
  if (found === undefined)
    throw new HarnessError('queue-scenario', `this worker has no scenario ${subject.scenario}`, {
      hint: 'give workers the version of kola and the scenarios that the run has',
    });
  const scenario: Scenario = { ...found, allow: allow as Scenario['allow'] };
  return {
    scenario,
    subject: subjectOf(subject),
    machines: scenario.needs.machines,
    known: known === undefined ? undefined : (JSON.parse(JSON.stringify(known)) as PlanItem['known']),
  };
};

/** What could not be begun on this host says so, as attempts do; the scenarios of a group are tried alone then. */
export const refuseJob = (
  job: Job,
  error: KolaError,
  { say, signal, scenarios }: Pick<PlayOptions, 'say' | 'signal' | 'scenarios'>,
): Done => {
  const nothing = { kind: 'done', notes: [], machines: 0, machineTime: 0 } as const;
  if (job.kind === 'group') return { ...nothing, notes: [], tries: [] };
  const why = signal.aborted ? asKolaError(signal.reason ?? new InterruptedError()) : error;
  const { id, number, retryOf, subject: named, sabotaged } = job.attempt;
  const subject = subjectOf(named);
  // Without the mark, an attempt that was to fail would count as one of the result.
  const fault = scenarios.get(subject.scenario)?.sabotage?.fault ?? 'unknown to this host';
  const mark = sabotaged ? { sabotage: fault } : {};
  const start: EventBody = {
    type: 'attempt.started',
    attempt: id,
    subject,
    number,
    ...(retryOf === undefined ? {} : { retryOf }),
    ...mark,
  };
  const played = lostAttempt(id, why);
  say({ kind: 'event', body: start });
  say({
    kind: 'event',
    body: {
      type: 'attempt.ended',
      attempt: id,
      subject,
      number,
      ...mark,
      outcome: outcomeOf(why),
      reason: why.message,
      failure: toFailure(why),
      checks: { held: 0, broken: 0 },
      phases: played.phases,
    },
  });
  return {
    ...nothing,
    notes: [],
    played: JSON.parse(JSON.stringify(played)) as NonNullable<Done['played']>,
  };
};
