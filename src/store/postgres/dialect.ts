import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';

/** `bigint`: counts and milliseconds, which fit a double exactly. */
const int8 = 20;
const readInt8 = (text: string): number => Number(text);

/** Milliseconds to wait for a server that does not answer. */
const connectTimeout = 15_000;

export const postgresDialect = (url: string): Dialect => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: connectTimeout,
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
    application_name: 'kola',
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? readInt8 : pg.types.getTypeParser(oid, format ?? 'text'),
    },
  });
  // A server that goes away is noticed by the query in hand or the next one. The connection says so as well, in an
  // event that would end the process when nobody listens, both while it is idle and while it is in use.
  pool.on('error', () => {});
  pool.on('connect', client => client.on('error', () => {}));
  return new PostgresDialect({ pool });
};
