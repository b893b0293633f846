import type { Transaction } from 'kysely';
import { UsageError } from '../../core/errors.ts';
import { insertRows } from '../bulk.ts';
import { type Store, storing } from '../open.ts';
import type { Database } from '../schema.ts';
import type { FoldedRun } from './folded.ts';
import { ScenarioDays } from './scenario-days.ts';

/** What an import did: all of a new run, the rest of a known one, or nothing because it is all there. */
export interface ImportedRun {
  readonly run: string;
  readonly change: 'added' | 'extended' | 'unchanged';
  /** Results of this run in the store now. */
  readonly results: number;
  /** The log has its end. */
  readonly ended: boolean;
  readonly warnings: readonly string[];
}

/** A run that was refused; the others of its batch are in. */
export interface RefusedRun {
  readonly run: string;
  readonly change: 'refused';
  readonly error: UsageError;
}

/**
 * Writes one run in one transaction. The same content again changes nothing; a longer log of the same run replaces
 * its shorter beginning; other content under a known run id is refused with a UsageError. Importers of several
 * processes queue on the run's row (PostgreSQL) or on the database (SQLite), so none of them loses anything.
 */
export const importRun = async (store: Store, folded: FoldedRun, now: number): Promise<ImportedRun> => {
  const [done] = await importRuns(store, [folded], now);
  if (done === undefined) throw new RangeError('one run gives one answer');
  if (done.change === 'refused') throw done.error;
  return done;
};

/** Results of one transaction: many enough that neighbours in the indexes are written together, few enough to be short. */
const batchResults = 20_000;

/**
 * The same for many runs, several in one transaction, which is what makes a long history quick to import: an index
 * page is then written once for a batch and not once for each run. The answers are in the order of the runs.
 */
export const importRuns = async (
  store: Store,
  runs: readonly FoldedRun[],
  now: number,
): Promise<(ImportedRun | RefusedRun)[]> => {
  const answers = new Map<FoldedRun, ImportedRun | RefusedRun>();
  for (const batch of batches(runs)) {
    const doing =
      batch.length === 1 ? `run ${batch[0]?.run.run} was imported` : `${batch.length} runs were imported`;
    const changes = await storing(store, doing, () =>
      store.db.transaction().execute(trx => writeBatch(trx, store, batch, now)),
    );
    for (const [index, folded] of batch.entries()) {
      const change = changes[index];
      if (change !== undefined) answers.set(folded, await answer(store, folded, change));
    }
  }
  return runs.map(folded => answers.get(folded)).filter(one => one !== undefined);
};

const batches = (runs: readonly FoldedRun[]): FoldedRun[][] => {
  const found: FoldedRun[][] = [];
  let size = Number.POSITIVE_INFINITY;
  // In the order of their ids: two importers then lock the same rows in the same order, and never wait in a circle.
  for (const folded of [...runs].sort((a, b) => (a.run.run < b.run.run ? -1 : 1))) {
    if (size + folded.results.length > batchResults) {
      found.push([]);
      size = 0;
    }
    found.at(-1)?.push(folded);
    size += folded.results.length;
  }
  return found;
};

const answer = async (
  store: Store,
  folded: FoldedRun,
  change: ImportedRun['change'] | UsageError,
): Promise<ImportedRun | RefusedRun> => {
  const { run } = folded.run;
  if (change instanceof UsageError) return { run, change: 'refused', error: change };
  const results = change === 'unchanged' ? await storedResults(store, run) : folded.results.length;
  return { run, change, results, ended: folded.run.ended === 1, warnings: folded.warnings };
};

const storedResults = (store: Store, run: string): Promise<number> =>
  storing(store, `run ${run} was counted`, async () => {
    const row = await store.db
      .selectFrom('targets')
      .select(eb => eb.fn.sum<number>('decided').as('results'))
      .where('run', '=', run)
      .executeTakeFirst();
    return Number(row?.results ?? 0);
  });

const writeBatch = async (
  trx: Transaction<Database>,
  store: Store,
  batch: readonly FoldedRun[],
  now: number,
): Promise<(ImportedRun['change'] | UsageError)[]> => {
  const changes: (ImportedRun['change'] | UsageError)[] = [];
  const fresh: FoldedRun[] = [];
  const days = new ScenarioDays();
  for (const folded of batch) {
    const change = await claim(trx, store, folded, now).catch((error: unknown) => {
      if (error instanceof UsageError) return error;
      throw error;
    });
    if (change === 'extended') await clearRun(trx, folded, now, days);
    if (change === 'added' || change === 'extended') fresh.push(folded);
    changes.push(change);
  }
  await writeRows(trx, store, fresh);
  for (const { run, results } of fresh) days.add(results, run.embargoed);
  await days.write(trx);
  return changes;
};

/** Locks the run's row and says what there is to do. */
const claim = async (
  trx: Transaction<Database>,
  store: Store,
  folded: FoldedRun,
  now: number,
): Promise<ImportedRun['change']> => {
  const row = { ...folded.run, content_hash: folded.contentHash(), imported_at: now };
  const added = await trx
    .insertInto('runs')
    .values(row)
    .onConflict(conflict => conflict.column('run').doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows === 1n) return 'added';
  const known = trx
    .selectFrom('runs')
    .select(['last_seq', 'content_hash', 'source'])
    .where('run', '=', row.run);
  const stored = await (store.dialect === 'postgres' ? known.forUpdate() : known).executeTakeFirstOrThrow();
  return compare(row, stored, folded);
};

const compare = (
  row: { run: string; last_seq: number; content_hash: string; source: string },
  stored: { last_seq: number; content_hash: string; source: string },
  folded: FoldedRun,
): ImportedRun['change'] => {
  if (row.content_hash === stored.content_hash) return 'unchanged';
  // An older copy of what is here: the store already holds its continuation.
  if (row.last_seq < stored.last_seq) return 'unchanged';
  if (stored.last_seq > 0 && folded.contentHash(stored.last_seq) === stored.content_hash) return 'extended';
  throw new UsageError(
    'run-differs',
    `run ${row.run} is in the store with other content: it was imported from ${stored.source}, and ${row.source} differs`,
    { hint: 'one of the two logs was changed after the run; nothing was imported from this one' },
  );
};

/** Takes out the beginning that is about to be replaced by the longer log. */
const clearRun = async (
  trx: Transaction<Database>,
  folded: FoldedRun,
  now: number,
  days: ScenarioDays,
): Promise<void> => {
  const { run } = folded.run;
  const old = await trx
    .selectFrom('results')
    .innerJoin('runs', 'runs.run', 'results.run')
    .select(['scenario', 'outcome', 'took', 'decided_at', 'runs.embargoed'])
    .where('results.run', '=', run)
    .execute();
  days.remove(old, old[0]?.embargoed ?? 0);
  for (const table of ['results', 'attempts', 'subtests', 'machines', 'targets'] as const) {
    await trx.deleteFrom(table).where('run', '=', run).execute();
  }
  await trx
    .updateTable('runs')
    .set({ ...folded.run, content_hash: folded.contentHash(), imported_at: now })
    .where('run', '=', run)
    .execute();
};

const writeRows = async (
  trx: Transaction<Database>,
  store: Store,
  runs: readonly FoldedRun[],
): Promise<void> => {
  const by = (column: 'hash' | 'scenario') => (a: { hash?: string; scenario?: string }, b: typeof a) =>
    (a[column] ?? '') < (b[column] ?? '') ? -1 : 1;
  const { dialect } = store;
  const plans = new Map(runs.flatMap(one => one.plans).map(plan => [plan.hash, plan]));
  await insertRows(trx, dialect, 'plans', [...plans.values()].sort(by('hash')), 'ignore');
  await insertRows(
    trx,
    dialect,
    'targets',
    runs.flatMap(one => one.targets),
  );
  const results = runs.flatMap(one => one.results);
  // SQLite writes the index over scenarios as it comes; PostgreSQL would scatter a run's results over the table.
  if (dialect === 'sqlite') results.sort(by('scenario'));
  await insertRows(trx, dialect, 'results', results);
  await insertRows(
    trx,
    dialect,
    'attempts',
    runs.flatMap(one => one.attempts),
  );
  await insertRows(
    trx,
    dialect,
    'subtests',
    runs.flatMap(one => one.subtests),
  );
  await insertRows(
    trx,
    dialect,
    'machines',
    runs.flatMap(one => one.machines),
  );
};
