import pg from 'pg';
import { type Db, PgBoss } from 'pg-boss';
import type { Arch } from '../core/target.ts';
import { asQueueError } from './failures.ts';
import type { QueueLocation } from './location.ts';
import { protocol } from './messages.ts';
import { tables } from './schema.ts';

/** Runs one statement. */
export type Query = <Row = Record<string, unknown>>(
  text: string,
  values?: readonly unknown[],
) => Promise<readonly Row[]>;

/** Part of a transaction: for our own tables, and for those of pg-boss. */
export interface Transaction {
  readonly query: Query;
  readonly db: Db;
}

/** An open queue: `await using queue = await openQueue(…)`. */
export interface QueueDatabase extends AsyncDisposable {
  readonly boss: PgBoss;
  readonly query: Query;
  readonly shown: string;
  /** All or nothing; what `work` throws undoes it. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/** Milliseconds to wait for a server that does not answer. */
const connectTimeout = 15_000;

/** Any number, the same for all who make the tables. */
const migrationLock = 7_405_110;

/** Opens a queue and makes its tables when they are not there. Throws NetworkError when no server can be reached. */
export const openQueue = async (location: QueueLocation): Promise<QueueDatabase> => {
  const pool = new pg.Pool({
    connectionString: location.url,
    max: 8,
    connectionTimeoutMillis: connectTimeout,
    application_name: 'kola',
  });
  // A server that goes away is noticed by the query in hand or the next one; unheard, the event ends the process.
  pool.on('error', () => {});
  pool.on('connect', client => client.on('error', () => {}));
  const query = queryOf(pool);
  const boss = new PgBoss({
    db: dbOf(pool),
    schedule: false,
    // Lost hosts are found by their own heartbeat, which also says whose machines are to be swept.
    supervise: true,
    persistWarnings: false,
  });
  boss.on('error', () => {});
  const transaction = <T>(work: (transaction: Transaction) => Promise<T>) => inTransaction(pool, work);
  try {
    // Held by a transaction of ours while pg-boss makes its own schema: two that come first at once would both try.
    await transaction(async ({ query: own }) => {
      await own('select pg_advisory_xact_lock($1)', [migrationLock]);
      await boss.start();
      await own(tables);
    });
  } catch (error) {
    await pool.end().catch(() => {});
    throw asQueueError(error, location.shown, 'it was opened');
  }
  return {
    boss,
    query,
    shown: location.shown,
    transaction,
    [Symbol.asyncDispose]: async () => {
      await boss.stop({ graceful: false, close: false }).catch(() => {});
      await pool.end();
    },
  };
};

type Runner = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>;

const queryOf =
  (runner: Runner): Query =>
  async <Row>(text: string, values: readonly unknown[] = []) =>
    (values.length === 0 ? await runner.query(text) : await runner.query(text, [...values])).rows as Row[];

const dbOf = (runner: Runner): Db => ({
  executeSql: async (text, values) =>
    values === undefined ? await runner.query(text) : await runner.query(text, values),
});

const inTransaction = async <T>(
  pool: pg.Pool,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('begin');
    const result = await work({ query: queryOf(client), db: dbOf(client) });
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
};

/** Who can run one platform and architecture takes from this queue; hosts of another protocol see none of it. */
export const queueName = (platform: string, arch: Arch): string => `kola-${protocol}/${platform}/${arch}`;

/** Makes a queue that may be there already. A job is given out once: who lost it is for its run to say. */
export const needQueue = async ({ boss }: Pick<QueueDatabase, 'boss'>, name: string): Promise<void> => {
  if ((await boss.getQueue(name)) !== null) return;
  await boss
    .createQueue(name, {
      retryLimit: 0,
      expireInSeconds: 86_000,
      retentionSeconds: 2 * 86_400,
      deleteAfterSeconds: 86_400,
    })
    .catch(async error => {
      // Somebody else made it at the same moment.
      if ((await boss.getQueue(name)) === null) throw error;
    });
};
