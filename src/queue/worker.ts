import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { asKolaError, HarnessError, InterruptedError } from '../core/errors.ts';
import { brandId, type RunId } from '../core/ids.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { Arch } from '../core/target.ts';
import { closeRunState, openRunState } from '../run/state.ts';
import { needQueue, type QueueDatabase, queueName } from './database.ts';
import { Outbox } from './outbox.ts';
import { playJob, refuseJob } from './play.ts';
import { returnLease } from './quota.ts';
import { sweepLostWorkers } from './sweep.ts';
import { type Taken, takeJob } from './take.ts';
import { type PlacesOptions, WorkerPlaces } from './worker-places.ts';

export interface WorkerOptions extends Omit<PlacesOptions, 'query' | 'signal'> {
  readonly database: QueueDatabase;
  readonly platforms: readonly PlatformDefinition[];
  /** Architectures of machines that it runs; those that a platform lacks are passed over. */
  readonly arches: readonly Arch[];
  readonly scenarios: readonly Scenario[];
  readonly clock: Clock;
  /** Milliseconds between looks for work. */
  readonly every: number;
  /** Milliseconds between signs of life. */
  readonly beatEvery: number;
  /** Milliseconds without one after which a worker counts as lost; the same for all on a queue. */
  readonly lostAfter: number;
  /** Milliseconds without work after which it ends; absent = it stays. */
  readonly idleEnd?: number;
  /** It is to end: what runs is given back to the queue. */
  readonly signal: AbortSignal;
}

/** Times `lostAfter` that a run may be silent before its jobs are dropped: it may only have lost its way to the database. */
const runPatience = 5;

/** Works on what a queue has, until it is told to stop or has been idle for long. Returns how many jobs it did. */
export const runWorker = async (options: WorkerOptions): Promise<number> => {
  const { worker, stateRoot, ids } = options;
  // Of this process, as runs have theirs: when it is killed, the next on this host removes what its jobs wrote.
  const state = openRunState(stateRoot, brandId<RunId>(worker), stateRoot, `jobs-${ids.next()}`);
  try {
    return await new Worker(options, state.dir).run();
  } finally {
    closeRunState(state, []);
  }
};

class Worker {
  readonly #options: WorkerOptions;
  /** What its jobs write lies below. */
  readonly #folder: string;
  readonly #places: WorkerPlaces;
  readonly #scenarios: ReadonlyMap<string, Scenario>;
  readonly #queues: readonly string[];
  readonly #running = new Map<string, { readonly stop: AbortController; readonly machines: number }>();
  readonly #working = new Set<Promise<void>>();
  /** The worker has lost its way to the database, or is to end. */
  readonly #end = new AbortController();
  #tidying: Promise<void> | undefined;
  #lastBeat: number;
  #lastWork: number;
  #done = 0;

  constructor(options: WorkerOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    const { platforms, arches, clock, database } = options;
    this.#places = new WorkerPlaces({ ...options, query: database.query, signal: this.#end.signal });
    this.#scenarios = new Map(options.scenarios.map(scenario => [scenario.name, scenario]));
    this.#queues = platforms.flatMap(({ name, capabilities }) =>
      arches.filter(arch => capabilities.arches.includes(arch)).map(arch => queueName(name, arch)),
    );
    this.#lastBeat = clock.monotonic();
    this.#lastWork = clock.monotonic();
  }

  async run(): Promise<number> {
    const { database, signal, worker: id } = this.#options;
    const stop = (): void => this.#end.abort(signal.reason ?? new InterruptedError('the worker is to end'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for (const queue of this.#queues) await needQueue(database, queue);
    await this.#beat();
    const over = new AbortController();
    const beating = this.#keepBeating(over.signal);
    try {
      await this.#takeJobs();
      if (this.#end.signal.aborted)
        for (const { stop: end } of this.#running.values()) end.abort(this.#end.signal.reason);
      await Promise.all(this.#working);
    } finally {
      await this.#tidying;
      await this.#places.close(true);
      over.abort(new InterruptedError('the worker ends'));
      await beating;
      signal.removeEventListener('abort', stop);
      // What it had taken and not done is then lost at once, and taken by another one.
      await database.query('delete from kola_queue.worker where id = $1', [id]);
    }
    return this.#done;
  }

  async #takeJobs(): Promise<void> {
    const { clock, every, idleEnd } = this.#options;
    while (!this.#end.signal.aborted) {
      const took = await this.#takeOnce().catch(error => {
        this.#options.log(`Found no work: ${asKolaError(error).message}`);
        return 0;
      });
      if (took > 0 || this.#running.size > 0) this.#lastWork = clock.monotonic();
      if (idleEnd !== undefined && clock.monotonic() - this.#lastWork >= idleEnd) return;
      if (took === 0) await clock.sleep(every, this.#end.signal).catch(() => {});
    }
  }

  async #takeOnce(): Promise<number> {
    const { database, worker, machines, lostAfter } = this.#options;
    let took = 0;
    for (const queue of this.#queues) {
      const busy = [...this.#running.values()].reduce((sum, job) => sum + job.machines, 0);
      if (busy >= machines || this.#end.signal.aborted) return took;
      const taken = await takeJob(queue, {
        database,
        worker,
        free: machines - busy,
        idle: this.#running.size === 0,
        runLostAfter: runPatience * lostAfter,
      });
      if (typeof taken === 'string') continue;
      took += 1;
      this.#start(taken);
    }
    return took;
  }

  #start(taken: Taken): void {
    const stop = new AbortController();
    // A job without machines takes a place, too.
    this.#running.set(taken.id, { stop, machines: Math.max(1, taken.job.demand.machines) });
    const work = this.#work(taken, stop)
      .catch(error => this.#options.log(`Failed at a job: ${asKolaError(error).message}`))
      .finally(() => {
        this.#running.delete(taken.id);
        this.#working.delete(work);
      });
    this.#working.add(work);
  }

  async #work({ id, queue, job, refused }: Taken, stop: AbortController): Promise<void> {
    const { database, clock, every } = this.#options;
    const folder = mkdtempSync(join(this.#folder, 'job-'));
    const outbox = new Outbox({
      database,
      job: id,
      clock,
      every,
      onUnwanted: () => stop.abort(new InterruptedError('nobody waits for this attempt any more')),
    });
    const options = {
      places: this.#places,
      scenarios: this.#scenarios,
      clock,
      folder,
      say: outbox.say,
      signal: stop.signal,
    };
    try {
      const done = refused === undefined ? await playJob(job, options) : refuseJob(job, refused, options);
      // Cut short by the end of this worker it is no result: without the last word, another worker takes it.
      if (!this.#end.signal.aborted) {
        await outbox.finish(done, folder, this.#end.signal);
        this.#done += 1;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await returnLease(database.query, id).catch(() => {});
      await database.boss.complete(queue, id).catch(() => {});
    }
  }

  async #keepBeating(over: AbortSignal): Promise<void> {
    const { clock, beatEvery, lostAfter, log } = this.#options;
    while (!over.aborted) {
      await clock.sleep(beatEvery, over).catch(() => {});
      try {
        await this.#beat();
        await this.#heedOthers();
      } catch (error) {
        log(`Failed to reach the queue: ${asKolaError(error).message}`);
        // Before others take it for lost and give its work away, it must have ended it.
        if (clock.monotonic() - this.#lastBeat < 0.7 * lostAfter) continue;
        const away = new HarnessError('queue-away', 'the way to the queue was lost');
        for (const { stop } of this.#running.values()) stop.abort(away);
      }
    }
  }

  async #beat(): Promise<void> {
    const { database, worker: id, host, platforms, arches, machines, clock } = this.#options;
    const places = platforms.flatMap(({ name }) => arches.map(arch => `${name}/${arch}`));
    await database.query(
      `insert into kola_queue.worker (id, host, platforms, machines) values ($1, $2, $3, $4)
       on conflict (id) do update set seen = now()`,
      [id, host, places, machines],
    );
    this.#lastBeat = clock.monotonic();
  }

  /** Ends what nobody waits for. */
  async #heedOthers(): Promise<void> {
    const { database, worker: id, lostAfter } = this.#options;
    // What is taken while the question is under way is not in the answer.
    const running = [...this.#running];
    const wanted = await database.query<{ job: string }>(
      `select c.job from kola_queue.claim c join kola_queue.run r on r.id = c.run
       where c.worker = $1 and not c.cancelled and r.seen > now() - $2 * interval '1 ms'`,
      [id, runPatience * lostAfter],
    );
    const jobs = new Set(wanted.map(({ job }) => job));
    for (const [job, { stop }] of running)
      if (!jobs.has(job)) stop.abort(new InterruptedError('the run was interrupted'));
    // Not awaited: clouds may take longer than the next sign of life may wait.
    this.#tidying ??= this.#tidy().finally(() => {
      this.#tidying = undefined;
    });
  }

  /** Closes what runs are done with, and cleans up after lost workers. */
  async #tidy(): Promise<void> {
    const { database, lostAfter, platforms, host, clock, log } = this.#options;
    try {
      await this.#places.close();
      await sweepLostWorkers({ database, host, platforms, clock, lostAfter, log, signal: this.#end.signal });
    } catch (error) {
      if (!this.#end.signal.aborted) log(`Failed to clean up after others: ${asKolaError(error).message}`);
    }
  }
}
