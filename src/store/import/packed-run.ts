import type { Database } from '../schema.ts';
import { shapes } from '../shapes.ts';
import type { FoldedRun } from './folded.ts';
import { hashOfEvents } from './read-log.ts';

const tables = ['targets', 'plans', 'results', 'attempts', 'subtests', 'machines'] as const;
type Table = (typeof tables)[number];
type Value = string | number | null;

/**
 * A folded run on its way from one thread to another. Flat lists of values are copied several times as fast as
 * objects, whose property names would be written again for each row.
 */
export interface PackedRun {
  readonly run: FoldedRun['run'];
  readonly rows: Readonly<Record<Table, readonly Value[]>>;
  readonly hash: string;
  /** The log, for the hash of its beginning; absent for reports that have no beginning. */
  readonly log?: Uint8Array;
  readonly warnings: readonly string[];
}

export const packRun = (folded: FoldedRun): PackedRun => ({
  run: folded.run,
  rows: {
    targets: flatten('targets', folded.targets),
    plans: flatten('plans', folded.plans),
    results: flatten('results', folded.results),
    attempts: flatten('attempts', folded.attempts),
    subtests: flatten('subtests', folded.subtests),
    machines: flatten('machines', folded.machines),
  },
  hash: folded.contentHash(),
  ...(folded.log === undefined ? {} : { log: folded.log }),
  warnings: folded.warnings,
});

export const unpackRun = ({ run, rows, hash, log, warnings }: PackedRun): FoldedRun => ({
  run,
  targets: restore('targets', rows.targets),
  plans: restore('plans', rows.plans),
  results: restore('results', rows.results),
  attempts: restore('attempts', rows.attempts),
  subtests: restore('subtests', rows.subtests),
  machines: restore('machines', rows.machines),
  ...(log === undefined ? {} : { log }),
  contentHash: upToSeq => (upToSeq === undefined || log === undefined ? hash : hashOfEvents(log, upToSeq)),
  warnings,
});

const columnsOf = <Name extends Table>(table: Name): (keyof Database[Name])[] =>
  Object.keys(shapes[table]) as (keyof Database[Name])[];

const flatten = <Name extends Table>(table: Name, rows: readonly Database[Name][]): Value[] => {
  const columns = columnsOf(table);
  const values: Value[] = [];
  for (const row of rows) for (const column of columns) values.push(row[column] as Value);
  return values;
};

const restore = <Name extends Table>(table: Name, values: readonly Value[]): Database[Name][] => {
  const columns = columnsOf(table);
  const rows: Database[Name][] = [];
  for (let start = 0; start < values.length; start += columns.length) {
    const row: Partial<Record<keyof Database[Name], Value>> = {};
    for (const [index, column] of columns.entries()) row[column] = values[start + index] ?? null;
    rows.push(row as Database[Name]);
  }
  return rows;
};
