import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/**
 * Every transaction takes the write lock at once: one that starts by reading and then wants to write would be
 * refused without waiting when another process wrote in between.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** With transactional DDL the migrator holds the write lock while it looks at what is there and changes it. */
class LockingAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export const nodeSqliteDialect = (database: SqliteDatabase): Dialect => ({
  createAdapter: () => new LockingAdapter(),
  createDriver: () => new ImmediateDriver({ database }),
  createIntrospector: db => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});
