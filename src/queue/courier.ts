import type { Clock } from '../core/clock.ts';
import { asKolaError, HarnessError, KolaError } from '../core/errors.ts';
import type { QueueDatabase } from './database.ts';
import { receiveEvidence } from './evidence.ts';
import { asQueueError } from './failures.ts';
import { type Done, type Job, messageSchema } from './messages.ts';

/** How a job ended, as the run sees it. */
export type Ending =
  | { readonly kind: 'done'; readonly done: Done; readonly waited: number }
  /** Its host is lost, or the queue is. */
  | { readonly kind: 'lost'; readonly error: KolaError; readonly again: boolean; readonly waited: number }
  /** Nobody had taken it when it was withdrawn. */
  | { readonly kind: 'never' };

export interface CourierOptions {
  readonly database: QueueDatabase;
  readonly run: string;
  readonly clock: Clock;
  readonly runDir: string;
  /** Milliseconds between looks at the database. */
  readonly every: number;
  /** Milliseconds without a sign of life after which a host counts as lost. */
  readonly lostAfter: number;
}

export interface Errand {
  readonly queue: string;
  readonly job: Job;
  readonly priority: number;
  readonly onEvent: (body: unknown) => void;
  /** The run is being stopped: what was taken is cancelled, too. */
  readonly signal: AbortSignal;
  /** What nobody has taken is withdrawn. */
  readonly starting: AbortSignal;
}

interface Outstanding {
  readonly errand: Errand;
  readonly sent: number;
  readonly settle: (ending: Ending) => void;
  /** Last message that was read. */
  seq: number;
  taken: number | undefined;
  cancelledAt: number | undefined;
}

/** Milliseconds that a cancelled job may take to clean up, and that the database may be away. */
const cancelLimit = 180_000;
const awayLimit = 300_000;

/** Takes the jobs of one run to the queue, and brings home what hosts say about them. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #jobs = new Map<string, Outstanding>();
  #looking = false;
  #awaySince: number | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Has a job done. Never throws: a database that is gone is an ending, too. */
  async send(errand: Errand): Promise<Ending> {
    const { database, clock } = this.#options;
    const sent = clock.monotonic();
    let id: string | null;
    try {
      id = await database.boss.send(errand.queue, errand.job, { priority: errand.priority });
      if (id === null) throw new HarnessError('queue-send', `the queue ${errand.queue} took no job`);
    } catch (error) {
      const why = asQueueError(error, database.shown, 'a job was sent');
      return { kind: 'lost', error: why, again: false, waited: 0 };
    }
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.#jobs.set(id, { errand, sent, settle: resolve, seq: 0, taken: undefined, cancelledAt: undefined });
    const job = id;
    const stop = (): void => void this.#withdraw(job).catch(() => {});
    for (const signal of [errand.signal, errand.starting]) {
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    }
    void this.#look();
    try {
      return await promise;
    } finally {
      for (const signal of [errand.signal, errand.starting]) signal.removeEventListener('abort', stop);
    }
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { clock, every } = this.#options;
    const never = new AbortController().signal;
    try {
      while (this.#jobs.size > 0) {
        await this.#lookOnce();
        await clock.sleep(every, never);
      }
    } finally {
      this.#looking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    const { clock, database } = this.#options;
    try {
      await this.#readAll();
      this.#awaySince = undefined;
    } catch (thrown) {
      this.#awaySince ??= clock.monotonic();
      if (clock.monotonic() - this.#awaySince < awayLimit) return;
      const error = asQueueError(thrown, database.shown, 'results were awaited');
      for (const job of [...this.#jobs.keys()]) this.#lose(job, error, false);
    }
  }

  async #readAll(): Promise<void> {
    const { database, run, lostAfter, clock } = this.#options;
    await database.query('update kola_queue.run set seen = now() where id = $1', [run]);
    // Claims first: what a host said before it was lost is then read below.
    const claims = await database.query<{ job: string; worker: string; lost: boolean }>(
      `select c.job, c.worker, (w.id is null or w.seen < now() - $2 * interval '1 ms') as lost
       from kola_queue.claim c left join kola_queue.worker w on w.id = c.worker where c.run = $1`,
      [run, lostAfter],
    );
    for (const { job } of claims) {
      const known = this.#jobs.get(job);
      if (known !== undefined) known.taken ??= clock.monotonic();
    }
    await this.#readMessages();
    for (const { job, worker, lost } of claims) {
      const known = this.#jobs.get(job);
      if (known === undefined) continue;
      const stuck = known.cancelledAt !== undefined && clock.monotonic() - known.cancelledAt > cancelLimit;
      if (!lost && !stuck) continue;
      await this.#forget(job);
      const error = new HarnessError('worker-lost', `worker ${worker} was lost while it had this`, {
        hint: 'its machines are swept by another worker, or by kola gc',
      });
      this.#lose(job, error, !stuck);
    }
  }

  async #readMessages(): Promise<void> {
    const { database } = this.#options;
    const jobs = [...this.#jobs].filter(([, { taken }]) => taken !== undefined);
    if (jobs.length === 0) return;
    const messages = await database.query<{ job: string; seq: number; body: unknown }>(
      `select m.job, m.seq, m.body from kola_queue.message m
       join unnest($1::uuid[], $2::int[]) as known (job, seq) on m.job = known.job and m.seq > known.seq
       order by m.job, m.seq`,
      [jobs.map(([job]) => job), jobs.map(([, { seq }]) => seq)],
    );
    for (const { job, seq, body } of messages) await this.#read(job, seq, body);
  }

  async #read(job: string, seq: number, body: unknown): Promise<void> {
    const known = this.#jobs.get(job);
    if (known === undefined) return;
    const message = messageSchema.safeParse(body);
    if (!message.success) {
      known.seq = seq;
      return;
    }
    if (message.data.kind === 'event') {
      known.seq = seq;
      known.errand.onEvent(message.data.body);
      return;
    }
    const { database, runDir } = this.#options;
    try {
      await receiveEvidence(database.query, job, runDir);
    } catch (error) {
      if (!(error instanceof KolaError)) throw error;
      await this.#forget(job);
      this.#lose(job, error, false);
      return;
    }
    known.seq = seq;
    await this.#forget(job);
    this.#jobs.delete(job);
    known.settle({ kind: 'done', done: message.data, waited: this.#waited(known) });
  }

  #lose(job: string, error: KolaError, again: boolean): void {
    const known = this.#jobs.get(job);
    this.#jobs.delete(job);
    known?.settle({ kind: 'lost', error, again, waited: this.#waited(known) });
  }

  #waited({ sent, taken }: Outstanding): number {
    return (taken ?? this.#options.clock.monotonic()) - sent;
  }

  /** What a host still says about it has nowhere to go: that tells the host to stop. */
  async #forget(job: string): Promise<void> {
    const { database } = this.#options;
    await database.query('delete from kola_queue.claim where job = $1', [job]);
    const queue = this.#jobs.get(job)?.errand.queue;
    if (queue !== undefined) await database.boss.deleteJob(queue, job);
  }

  async #withdraw(job: string): Promise<void> {
    const { database, clock } = this.#options;
    const known = this.#jobs.get(job);
    if (known === undefined) return;
    const { queue, signal } = known.errand;
    try {
      // A host that is taking it now makes this wait, and its claim is then there.
      if ((await this.#claimed(job)) === false) await database.boss.deleteJob(queue, job);
      if ((await this.#claimed(job)) === false) {
        this.#jobs.delete(job);
        known.settle({ kind: 'never' });
      } else if (signal.aborted && known.cancelledAt === undefined) {
        known.cancelledAt = clock.monotonic();
        await database.query('update kola_queue.claim set cancelled = true where job = $1', [job]);
      }
    } catch (error) {
      // The end of a run does not wait for a database that is away.
      if (signal.aborted) this.#lose(job, asKolaError(error), false);
    }
  }

  async #claimed(job: string): Promise<boolean> {
    const rows = await this.#options.database.query('select 1 from kola_queue.claim where job = $1', [job]);
    return rows.length > 0;
  }
}
