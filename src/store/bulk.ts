import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './schema.ts';
import { type ColumnType, shapes } from './shapes.ts';

export type Dialect = 'sqlite' | 'postgres';

/** Rows per statement: large enough that the statement costs nothing, small enough to keep the text under a few MB. */
const chunk = 5000;

/**
 * Inserts many rows with one parameter: a JSON array of arrays that the database takes apart. The statement's text
 * never changes, so it is compiled once, and there is no limit on the number of parameters to mind.
 */
export const insertRows = async <Name extends keyof Database>(
  db: Kysely<Database> | Transaction<Database>,
  dialect: Dialect,
  table: Name,
  rows: readonly Database[Name][],
  onConflict: 'fail' | 'ignore' = 'fail',
): Promise<void> => {
  const columns: [string, ColumnType][] = Object.entries(shapes[table]);
  const names = columns.map(([name]) => name);
  const target = sql.join(names.map(name => sql.ref(name)));
  const values = sql.raw(columns.map(([, type], index) => readColumn(dialect, type, index)).join(', '));
  const ignore = sql.raw(onConflict === 'ignore' ? ' on conflict do nothing' : '');
  for (let start = 0; start < rows.length; start += chunk) {
    const json = JSON.stringify(rows.slice(start, start + chunk).map(row => pick({ ...row }, names)));
    const source =
      dialect === 'sqlite'
        ? sql`from json_each(${json}) where true`
        : sql`from json_array_elements(${json}::json) as each(value)`;
    await sql`insert into ${sql.table(table)} (${target}) select ${values} ${source}${ignore}`.execute(db);
  }
};

const readColumn = (dialect: Dialect, type: ColumnType, index: number): string =>
  dialect === 'sqlite' ? `json_extract(value, '$[${index}]')` : `(value->>${index})::${type}`;

const pick = (row: Readonly<Record<string, unknown>>, names: readonly string[]): unknown[] =>
  names.map(name => {
    const value = row[name];
    return typeof value === 'string' ? storable(value) : value;
  });

/** PostgreSQL stores neither NUL nor half a surrogate pair, and consoles print both. */
const storable = (text: string): string =>
  (text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text).toWellFormed();
