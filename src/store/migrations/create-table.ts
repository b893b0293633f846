import { type Kysely, SqliteAdapter, sql } from 'kysely';
import type { Database } from '../schema.ts';
import { shapes } from '../shapes.ts';

export interface TableOptions {
  /** Columns that may be empty; all others may not. */
  readonly nullable?: readonly string[];
  /** Rows go when the row of this table with the same `run` goes. */
  readonly partOf?: string;
  /**
   * SQLite keeps the rows in the order of their key, in one tree instead of a table and an index beside it: for tables
   * with many rows that are written and read by their key.
   */
  readonly clustered?: boolean;
  /** Columns that a later migration adds. */
  readonly later?: readonly string[];
}

/** Creates a table from its shape: the same statement for both databases. */
export const createTable = async (
  db: Kysely<unknown>,
  table: keyof Database,
  key: readonly string[],
  options: TableOptions = {},
): Promise<void> => {
  const columns: [string, 'text' | 'integer' | 'bigint'][] = Object.entries(shapes[table]);
  let builder = db.schema.createTable(table).addPrimaryKeyConstraint(`${table}_key`, [...key] as never[]);
  for (const [name, type] of columns) {
    if (options.later?.includes(name)) continue;
    builder = builder.addColumn(name, type, column => {
      const required = options.nullable?.includes(name) ? column : column.notNull();
      return name === 'run' && options.partOf !== undefined
        ? required.references(`${options.partOf}.run`).onDelete('cascade')
        : required;
    });
  }
  const clustered = options.clustered === true && db.getExecutor().adapter instanceof SqliteAdapter;
  await (clustered ? builder.modifyEnd(sql`without rowid`) : builder).execute();
};
