import type { Transaction } from 'kysely';
import { UsageError } from '../../core/errors.ts';
import { insertRows } from '../bulk.ts';
import { type Store, storing } from '../open.ts';
import type { Database } from '../schema.ts';
import type { FoldedRun } from './folded.ts';

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

/**
 * Writes one run in one transaction. The same content again changes nothing; a longer log of the same run replaces
 * its shorter beginning; other content under a known run id is refused. Importers of several processes queue on the
 * run's row (PostgreSQL) or on the database (SQLite), so none of them loses anything.
 */
export const importRun = async (store: Store, folded: FoldedRun, now: number): Promise<ImportedRun> => {
  const { run } = folded.run;
  const change = await storing(store, `run ${run} was imported`, () =>
    store.db.transaction().execute(async trx => {
      const decided = await claim(trx, store, folded, now);
      if (decided === 'extended') await clearRun(trx, folded, now);
      if (decided !== 'unchanged') await writeRows(trx, store, folded);
      return decided;
    }),
  );
  const stored =
    change === 'unchanged'
      ? await store.db
          .selectFrom('targets')
          .select(eb => eb.fn.sum<number>('decided').as('results'))
          .where('run', '=', run)
          .executeTakeFirst()
      : { results: folded.results.length };
  return {
    run,
    change,
    results: Number(stored?.results ?? 0),
    ended: folded.run.ended === 1,
    warnings: folded.warnings,
  };
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
const clearRun = async (trx: Transaction<Database>, folded: FoldedRun, now: number): Promise<void> => {
  const { run } = folded.run;
  for (const table of ['results', 'attempts', 'subtests', 'machines', 'targets'] as const) {
    await trx.deleteFrom(table).where('run', '=', run).execute();
  }
  await trx
    .updateTable('runs')
    .set({ ...folded.run, content_hash: folded.contentHash(), imported_at: now })
    .where('run', '=', run)
    .execute();
};

const writeRows = async (trx: Transaction<Database>, store: Store, folded: FoldedRun): Promise<void> => {
  await insertRows(trx, store.dialect, 'plans', folded.plans, 'ignore');
  await insertRows(trx, store.dialect, 'targets', folded.targets);
  await insertRows(trx, store.dialect, 'results', folded.results);
  await insertRows(trx, store.dialect, 'attempts', folded.attempts);
  await insertRows(trx, store.dialect, 'subtests', folded.subtests);
  await insertRows(trx, store.dialect, 'machines', folded.machines);
};
