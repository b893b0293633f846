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
  const keys = names as (keyof Database[Name])[];
  if (dialect === 'postgres') await insertJson(db, into, columns, keys, rows, ignore);
  else await insertValues(db, into, keys, rows, ignore);
};

/** Rows of one JSON text: under a few MB. */
const jsonRows = 5000;

const insertJson = async <Row>(
  db: Executor,
  into: string,
  columns: readonly [string, ColumnType][],
  keys: readonly (keyof Row)[],
  rows: readonly Row[],
  ignore: string,
): Promise<void> => {
  const values = columns.map(([, type], index) => `(value->>${index})::${type}`).join(', ');
  const statement = `${into} select ${values} from json_array_elements($1::json) as each(value)${ignore}`;
  for (let start = 0; start < rows.length; start += jsonRows) {
    const some = rows.slice(start, start + jsonRows);
    const json = JSON.stringify(some.map(row => keys.map(key => storable(row[key]))));
    await db.executeQuery(CompiledQuery.raw(statement, [json]));
  }
};

/** Rows of one statement; SQLite takes 32 766 parameters, and more rows than this gain nothing. */
const valueRows = 50;

const insertValues = async <Row extends object>(
  db: Executor,
  into: string,
  keys: readonly (keyof Row)[],
  rows: readonly Row[],
  ignore: string,
): Promise<void> => {
  const row = `(${keys.map(() => '?').join(', ')})`;
  const statement = (count: number): string =>
    `${into} values ${Array.from({ length: count }, () => row).join(', ')}${ignore}`;
  const [many, one] = [statement(valueRows), statement(1)];
  let start = 0;
  for (; start + valueRows <= rows.length; start += valueRows) {
    await db.executeQuery(CompiledQuery.raw(many, valuesOf(keys, rows, start, start + valueRows)));
  }
  for (; start < rows.length; start++) {
    await db.executeQuery(CompiledQuery.raw(one, valuesOf(keys, rows, start, start + 1)));
  }
};

/** One flat list: an array for each row would be thrown away a million times. */
const valuesOf = <Row extends object>(
  keys: readonly (keyof Row)[],
  rows: readonly Row[],
  from: number,
  to: number,
): unknown[] => {
  const values: unknown[] = [];
  for (let index = from; index < to; index++) {
    const row = rows[index];
    if (row === undefined) continue;
    for (const key of keys) values.push(storable(row[key]));
  }
  return values;
};

/** PostgreSQL stores neither NUL nor half a surrogate pair, and consoles print both. */
const storable = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  return (value.includes('\u0000') ? value.replaceAll('\u0000', '\ufffd') : value).toWellFormed();
};
