import type { Clock } from '../core/clock.ts';
import { HarnessError, type KolaError } from '../core/errors.ts';
import type { Flight } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import type { PlayedAttempt } from '../run/attempt.ts';
import type { AttemptRequest } from '../run/attempt-request.ts';
import type { Executor, GroupOptions, RemoteHosts, RemoteRun } from '../run/executor.ts';
import type { PlanItem } from '../run/plan-item.ts';
import type { Deadlines, TargetRequest } from '../run/request.ts';
import type { Settle } from '../run/shared-try.ts';
import type { UsageMeter } from '../run/usage.ts';
import { Courier } from './courier.ts';
import { needQueue, type QueueDatabase, queueName } from './database.ts';
import { Follower, lostAttempt } from './follower.ts';
import { type Done, type Job, outcomeOfTry, type Place, playedOf } from './messages.ts';

/** What of a run is the same for all of its targets. */
export interface RemoteSettings {
  readonly database: QueueDatabase;
  readonly clock: Clock;
  readonly runDir: string;
  readonly keep: boolean;
  readonly extraKeys: readonly string[];
  readonly inputs: Readonly<Record<string, string>>;
  readonly deadlines: Deadlines;
  /** What makes the target again on another host. */
  readonly describe: (target: TargetRequest) => { readonly target: unknown; readonly account: string };
  /** Milliseconds between looks at the database. */
  readonly every: number;
  /** Milliseconds without a sign of life after which a worker counts as lost. */
  readonly lostAfter: number;
}

/** Milliseconds that workers may take to close their flights when a run is over. */
const closeLimit = 120_000;

/** The workers on a queue, as a run uses them. */
export const remoteHosts = (settings: RemoteSettings): RemoteHosts => {
  const couriers = new Map<string, Courier>();
  let places = 0;
  const courierOf = async (run: string): Promise<Courier> => {
    const { database, clock, runDir, every, lostAfter } = settings;
    const known = couriers.get(run);
    if (known !== undefined) return known;
    const courier = new Courier({ database, run, clock, runDir, every, lostAfter });
    couriers.set(run, courier);
    await database.query('insert into kola_queue.run (id) values ($1) on conflict do nothing', [run]);
    return courier;
  };
  return {
    open: async (request, run) => {
      places += 1;
      const id = places;
      const courier = await courierOf(run.id);
      const queue = queueName(request.platform.name, request.arch);
      await needQueue(settings.database, queue);
      await announce(id, request, run, settings);
      return {
        flight: standInFlight(run, id, settings),
        executor: executorOf({ courier, queue, run: run.id, place: id }),
      };
    },
  };
};

const announce = async (
  id: number,
  request: TargetRequest,
  run: RemoteRun,
  settings: RemoteSettings,
): Promise<void> => {
  const { database, keep, extraKeys, inputs, deadlines, describe } = settings;
  const spec: Place = {
    platform: request.platform.name,
    arch: request.arch,
    digest: request.image.digest,
    ...describe(request),
    scenarios: [...run.starts],
    cold: run.cold,
    keep,
    extraKeys: [...extraKeys],
    inputs,
    deadlines,
  };
  await database.query('insert into kola_queue.place (run, id, spec) values ($1, $2, $3)', [
    run.id,
    id,
    JSON.stringify(spec),
  ]);
  const workers = await database.query<{ id: string }>(
    `select id from kola_queue.worker where $1 = any (platforms) and seen > now() - $2 * interval '1 ms'`,
    [`${request.platform.name}/${request.arch}`, settings.lostAfter],
  );
  run.log(
    workers.length === 0
      ? `Wait for a worker: none on this queue runs ${request.platform.name}/${request.arch} now`
      : `Spread over ${workers.length} workers for ${request.platform.name}/${request.arch}: ${workers.map(worker => worker.id).join(', ')}`,
  );
};

/** What is asked of a flight before an attempt is played; the workers' own ones decide the rest. */
const standInFlight = (run: RemoteRun, place: number, settings: RemoteSettings): Flight => ({
  slowdown: 1,
  machineLimit: undefined,
  defaultSize: { memoryMiB: 1024, vcpus: 2 },
  closeLimit: closeLimit + 10_000,
  prepareImage: async () => {},
  privateAddress: ({ index }) => `10.0.0.${10 + index}`,
  provision: async () => {
    throw new HarnessError('queue-flight', 'machines of this run are made by workers');
  },
  destroy: async () => {},
  close: signal => closePlace(run, place, settings, signal),
});

/** Waits until the workers have closed their flights, and says what they could not destroy. */
const closePlace = async (
  run: RemoteRun,
  place: number,
  { database, clock, lostAfter, every }: RemoteSettings,
  signal: AbortSignal,
): Promise<void> => {
  await database.query('delete from kola_queue.place where run = $1 and id = $2', [run.id, place]);
  await poll(
    { every, until: closeLimit, signal, clock, what: 'the workers to close what they had opened' },
    async () => {
      const open = await database.query<{ worker: string }>(
        `select f.worker from kola_queue.flight f join kola_queue.worker w on w.id = f.worker
         where f.run = $1 and f.place = $2 and w.seen > now() - $3 * interval '1 ms'`,
        [run.id, place, lostAfter],
      );
      return open.length === 0
        ? { done: undefined }
        : { pending: `open on ${open.map(({ worker }) => worker).join(', ')}` };
    },
  );
};

interface Desk {
  readonly courier: Courier;
  readonly queue: string;
  readonly run: string;
  readonly place: number;
}

const executorOf = (desk: Desk): Executor => {
  // The first to ask is the first of this run to be served; several runs take turns.
  let asked = 0;
  const next = (): number => {
    asked += 1;
    return -asked;
  };
  return {
    attempt: (request, starting) => playAttempt(request, starting, desk, next),
    group: (group, options, settle) => playGroup(group, options, settle, desk, next()),
  };
};

const jobDemand = (
  item: Pick<PlanItem, 'scenario'>,
  { flight }: AttemptRequest['services'],
): Job['demand'] => {
  const { machines, memoryMiB, vcpus } = item.scenario.needs;
  return {
    machines,
    memoryMiB: machines * (memoryMiB ?? flight.defaultSize.memoryMiB),
    vcpus: machines * (vcpus ?? flight.defaultSize.vcpus),
  };
};

/** An attempt whose worker is lost is put into the queue once more, as another attempt. */
const playAttempt = async (
  request: AttemptRequest,
  starting: AbortSignal,
  desk: Desk,
  next: () => number,
): Promise<readonly PlayedAttempt[]> => {
  const { services, signal } = request;
  const lost: PlayedAttempt[] = [];
  for (;;) {
    const before = lost.at(-1);
    const again =
      before === undefined
        ? request
        : { ...request, id: services.ids.next(), number: request.number + lost.length, retryOf: before.id };
    const follower = new Follower(services.log);
    const ending = await desk.courier.send({
      queue: desk.queue,
      priority: next(),
      signal,
      starting,
      onEvent: body => follower.take(body),
      job: attemptJob(again, desk),
    });
    if (ending.kind === 'never') return lost;
    if (ending.kind === 'done' && ending.done.played !== undefined) {
      count(ending.done, services.usage);
      return [...lost, { ...playedOf(ending.done.played), waited: ending.waited }];
    }
    const error =
      ending.kind === 'lost' ? ending.error : new HarnessError('queue-result', 'a worker sent no result');
    lose(again, error, follower);
    lost.push({ ...lostAttempt(again.id, error), waited: ending.waited });
    if (lost.length > 1 || signal.aborted || ending.kind !== 'lost' || !ending.again) return lost;
  }
};

const attemptJob = (request: AttemptRequest, { run, place }: Desk): Job => {
  const { services, scenario, subject, id, number, retryOf, sabotage, patience } = request;
  return {
    kind: 'attempt',
    run,
    place,
    demand: jobDemand(request, services),
    attempt: {
      id,
      number,
      ...(retryOf === undefined ? {} : { retryOf }),
      subject,
      allow: { ...scenario.allow },
      sabotaged: sabotage !== undefined,
      ...(patience === undefined ? {} : { patience }),
    },
  };
};

/** Ends an attempt in the log, also when nothing had been heard of it yet. */
const lose = (request: AttemptRequest, error: KolaError, follower: Follower): void => {
  const { id, subject, number, retryOf, sabotage } = request;
  if (!follower.attempts.some(attempt => attempt.id === id))
    follower.emit({
      type: 'attempt.started',
      attempt: id,
      subject,
      number,
      ...(retryOf === undefined ? {} : { retryOf }),
      ...(sabotage === undefined ? {} : { sabotage: sabotage.fault }),
    });
  follower.lose(error);
};

/** What a lost worker had begun of a group is tried again alone, as everything is that a shared machine cannot vouch for. */
const playGroup = async (
  group: readonly PlanItem[],
  options: GroupOptions,
  settle: Settle,
  { courier, queue, run, place }: Desk,
  priority: number,
): Promise<void> => {
  const { services, signal, starting, durations } = options;
  const [first] = group;
  if (first === undefined) return;
  const follower = new Follower(services.log);
  const ending = await courier.send({
    queue,
    priority,
    signal,
    starting,
    onEvent: body => follower.take(body),
    job: {
      kind: 'group',
      run,
      place,
      demand: jobDemand(first, services),
      items: group.map(({ subject, scenario, known }) => ({
        subject,
        allow: { ...scenario.allow },
        ...(known === undefined ? {} : { known }),
      })),
    },
  });
  if (ending.kind === 'done') {
    count(ending.done, services.usage);
    for (const { scenario, seen } of ending.done.notes) durations.note(scenario, outcomeOfNote(seen));
    const tries = new Map((ending.done.tries ?? []).map(({ index, shared }) => [index, shared]));
    group.forEach((item, index) => {
      const shared = tries.get(index);
      settle(item, shared === undefined ? undefined : outcomeOfTry(shared));
    });
    return;
  }
  if (ending.kind === 'lost') follower.lose(ending.error);
  for (const item of group) {
    const begun = follower.attempts.find(
      ({ subject }) => subject.scenario === item.subject.scenario && subject.copy === item.subject.copy,
    );
    const outcome = begun?.ended;
    if (begun === undefined || outcome === undefined) settle(item, undefined);
    else settle(item, { id: begun.id, outcome, beside: [], open: !signal.aborted, took: 0 });
  }
};

const outcomeOfNote = (seen: Done['notes'][number]['seen']) => {
  const { took, run, failed } = seen;
  return run === undefined ? { took, failed } : { took, run, failed };
};

const count = ({ machines, machineTime }: Done, usage: UsageMeter | undefined): void => {
  for (let nth = 0; nth < machines; nth += 1) usage?.machine(machineTime / machines);
};
