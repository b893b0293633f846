import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Milliseconds that a writer waits for another process's transaction. */
const busyTimeout = 60_000;
/** Statements kept prepared; queries are few and written once. */
const cached = 100;

/**
 * `node:sqlite` in the form that kysely's SQLite driver asks for. Write-ahead logging lets readers work while one
 * process writes; `busy_timeout` makes writers queue instead of failing.
 */
export const openSqlite = (file: string): SqliteDatabase => {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: busyTimeout });
  try {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 10000',
    );
    database.exec('pragma foreign_keys = on; pragma cache_size = -65536; pragma temp_store = memory');
    // The history can hold results under embargo.
    if (file !== ':memory:') chmodSync(file, 0o600);
  } catch (error) {
    database.close();
    throw error;
  }
  return asKyselyDatabase(database);
};

const asKyselyDatabase = (database: DatabaseSync): SqliteDatabase => {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      statements.clear();
      database.close();
    },
    prepare: sql => {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const fresh = asKyselyStatement(database.prepare(sql));
      // A migration's DDL would go stale in the cache, and is never repeated.
      if (fresh.reader || /^\s*(insert|update|delete)/i.test(sql)) {
        if (statements.size >= cached) statements.clear();
        statements.set(sql, fresh);
      }
      return fresh;
    },
  };
};

type Bindable = null | number | bigint | string | Uint8Array;

const bindable = (parameters: readonly unknown[]): Bindable[] =>
  parameters.map(value => {
    if (value === undefined) return null;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (isBindable(value)) return value;
    throw new TypeError(`cannot bind a ${typeof value} to an SQLite parameter`);
  });

const isBindable = (value: unknown): value is Bindable =>
  value === null ||
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  typeof value === 'string' ||
  value instanceof Uint8Array;

const asKyselyStatement = (statement: StatementSync): SqliteStatement => ({
  reader: statement.columns().length > 0,
  all: parameters => statement.all(...bindable(parameters)),
  run: parameters => statement.run(...bindable(parameters)),
  iterate: parameters => statement.iterate(...bindable(parameters)),
});
