import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { Database } from './schema.ts';
import { type ColumnType, shapes } from './shapes.ts';

export type Dialect = 'sqlite' | 'postgres';

type Executor = Kysely<Database> | Transaction<Database>;

/**
 * Inserts many rows with few statements whose texts never change, so that they are compiled and prepared once. Each
 * database gets what is fastest there: SQLite prepared statements of a fixed number of rows, PostgreSQL one parameter
 * that it takes apart itself (every statement is a journey over the network).
 */
export const insertRows = async <Name extends keyof Database>(
  db: Executor,
  dialect: Dialect,
  table: Name,
  rows: readonly Database[Name][],
  onConflict: 'fail' | 'ignore' = 'fail',
): Promise<void> => {
  const columns: [string, ColumnType][] = Object.entries(shapes[table]);
  const names = columns.map(([name]) => name);
  const into = `insert into "${table}" (${names.map(name => `"${name}"`).join(', ')})`;
  const ignore = onConflict === 'ignore' ? ' on conflict do nothing' : '';
  const picked = rows.map(row => names.map(name => storable(row[name as keyof typeof row])));
  if (dialect === 'postgres') await insertJson(db, into, columns, picked, ignore);
  else await insertValues(db, into, names.length, picked, ignore);
};

/** Rows of one JSON text: under a few MB. */
const jsonRows = 5000;

const insertJson = async (
  db: Executor,
  into: string,
  columns: readonly [string, ColumnType][],
  rows: readonly unknown[][],
  ignore: string,
): Promise<void> => {
  const values = columns.map(([, type], index) => `(value->>${index})::${type}`).join(', ');
  const statement = `${into} select ${values} from json_array_elements($1::json) as each(value)${ignore}`;
  for (let start = 0; start < rows.length; start += jsonRows) {
    const json = JSON.stringify(rows.slice(start, start + jsonRows));
    await db.executeQuery(CompiledQuery.raw(statement, [json]));
  }
};

/** Rows of one statement; SQLite takes 32 766 parameters, and more rows than this gain nothing. */
const valueRows = 50;

const insertValues = async (
  db: Executor,
  into: string,
  width: number,
  rows: readonly unknown[][],
  ignore: string,
): Promise<void> => {
  const row = `(${Array.from({ length: width }, () => '?').join(', ')})`;
  const statement = (count: number): string =>
    `${into} values ${Array.from({ length: count }, () => row).join(', ')}${ignore}`;
  const [many, one] = [statement(valueRows), statement(1)];
  let start = 0;
  for (; start + valueRows <= rows.length; start += valueRows) {
    await db.executeQuery(CompiledQuery.raw(many, rows.slice(start, start + valueRows).flat()));
  }
  for (const rest of rows.slice(start)) await db.executeQuery(CompiledQuery.raw(one, rest));
};

/** PostgreSQL stores neither NUL nor half a surrogate pair, and consoles print both. */
const storable = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  return (value.includes('\u0000') ? value.replaceAll('\u0000', '\ufffd') : value).toWellFormed();
};
