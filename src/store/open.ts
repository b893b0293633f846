import { existsSync } from 'node:fs';
import { Kysely, type Dialect as KyselyDialect } from 'kysely';
import type { Dialect } from './bulk.ts';
import { asStoreError } from './failures.ts';
import { parseStoreLocation, type StoreLocation } from './location.ts';
import { migrate } from './migrate.ts';
import { postgresDialect } from './postgres/dialect.ts';
import type { Database } from './schema.ts';
import { openSqlite } from './sqlite/database.ts';
import { nodeSqliteDialect } from './sqlite/dialect.ts';

/** An open history: `await using store = await openStore(…)`. */
export interface Store extends AsyncDisposable {
  readonly db: Kysely<Database>;
  readonly dialect: Dialect;
  /** Where it is, without passwords. */
  readonly shown: string;
}

export interface OpenOptions {
  /** `read` never creates anything: a store that is not there yet is an empty one. Default `write`. */
  readonly mode?: 'read' | 'write';
}

/**
 * Opens the history at a file or PostgreSQL URL and brings its schema up to date.
 * Throws NetworkError when a server cannot be reached, UsageError for a name that means nothing.
 */
export const openStore = async (where: string, options: OpenOptions = {}): Promise<Store> => {
  const location = parseStoreLocation(where);
  const db = new Kysely<Database>({ dialect: dialectFor(location, options.mode ?? 'write') });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy().catch(() => {});
    throw asStoreError(error, location.shown, 'it was opened');
  }
  return {
    db,
    dialect: location.kind,
    shown: location.shown,
    [Symbol.asyncDispose]: () => db.destroy(),
  };
};

const dialectFor = (location: StoreLocation, mode: 'read' | 'write'): KyselyDialect => {
  if (location.kind === 'postgres') return postgresDialect(location.url);
  const absent = mode === 'read' && location.file !== ':memory:' && !existsSync(location.file);
  try {
    return nodeSqliteDialect(openSqlite(absent ? ':memory:' : location.file));
  } catch (error) {
    throw asStoreError(error, location.shown, 'it was opened');
  }
};

/** Runs a step of work and turns a database's failure into an error that says which store failed at what. */
export const storing = async <T>(store: Store, doing: string, step: () => Promise<T>): Promise<T> => {
  try {
    return await step();
  } catch (error) {
    throw asStoreError(error, store.shown, doing);
  }
};
