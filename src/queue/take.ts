import { CapacityError, type KolaError } from '../core/errors.ts';
import type { QueueDatabase, Transaction } from './database.ts';
import { type Job, jobSchema, placeSchema } from './messages.ts';
import { takeLease } from './quota.ts';

export interface TakeOptions {
  readonly database: QueueDatabase;
  readonly worker: string;
  /** Machines that this worker has room for. */
  readonly free: number;
  /** Nothing runs here: what is larger than the worker gets all of it. */
  readonly idle: boolean;
  /** Milliseconds without a sign of life after which a run counts as dead. */
  readonly runLostAfter: number;
}

export interface Taken {
  readonly id: string;
  readonly queue: string;
  readonly job: Job;
  /** It can never be done here. */
  readonly refused?: KolaError;
}

/** The first job has to wait: undoes the taking, and leaves it first in its queue. */
class NotNow extends Error {}

/**
 * Takes the first job of a queue, with the room it needs in its account; `later` when there is none for it now, and
 * `nothing` when the queue is empty. All of it happens or nothing.
 */
export const takeJob = async (queue: string, options: TakeOptions): Promise<Taken | 'later' | 'nothing'> => {
  try {
    return (
      (await options.database.transaction(transaction => take(queue, options, transaction))) ?? 'nothing'
    );
  } catch (error) {
    if (error instanceof NotNow) return 'later';
    throw error;
  }
};

const take = async (
  queue: string,
  { database, worker, free, idle, runLostAfter }: TakeOptions,
  { query, db }: Transaction,
): Promise<Taken | undefined> => {
  for (;;) {
    const [found] = await database.boss.fetch<unknown>(queue, { batchSize: 1, priority: true, db });
    if (found === undefined) return undefined;
    const { id } = found;
    const parsed = jobSchema.safeParse(found.data);
    const account = parsed.success ? await accountOf(parsed.data, runLostAfter, query) : undefined;
    if (!parsed.success || account === undefined) {
      // Nobody waits for it.
      await database.boss.deleteJob(queue, id, { db });
      continue;
    }
    const job = parsed.data;
    const { machines, vcpus } = job.demand;
    if (machines > free && !idle) throw new NotNow();
    const platform = queue.split('/')[1] ?? queue;
    const answer = await takeLease(query, { job: id, worker, platform, account, machines, vcpus });
    if (answer === 'full') throw new NotNow();
    await query('insert into kola_queue.claim (job, run, worker) values ($1, $2, $3)', [id, job.run, worker]);
    const refused = new CapacityError(
      'queue-quota',
      `${machines} machines with ${vcpus} vCPUs are more than the quota of ${account} ever allows`,
      { hint: 'raise it with --quota, or leave this scenario out' },
    );
    return { id, queue, job, ...(answer === 'never' ? { refused } : {}) };
  }
};

/** The account that a job's machines are in; undefined when its run is over or dead. */
const accountOf = async (
  { run, place }: Job,
  runLostAfter: number,
  query: Transaction['query'],
): Promise<string | undefined> => {
  const [row] = await query<{ spec: unknown }>(
    `select p.spec from kola_queue.place p join kola_queue.run r on r.id = p.run
     where p.run = $1 and p.id = $2 and r.seen > now() - $3 * interval '1 ms'`,
    [run, place, runLostAfter],
  );
  return row === undefined ? undefined : placeSchema.parse(row.spec).account;
};
