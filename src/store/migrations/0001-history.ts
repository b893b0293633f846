import { type Kysely, sql } from 'kysely';
import { createTable } from './create-table.ts';

/** The tables of the first release. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await createTable(db, 'runs', ['run'], { nullable: ['policy', 'exit_code', 'verdict'] });
  await createTable(db, 'plans', ['hash']);
  await createTable(db, 'targets', ['run', 'target'], {
    nullable: ['notice'],
    partOf: 'runs',
    later: ['machine_time'],
  });
  await createTable(db, 'results', ['run', 'target', 'scenario', 'copy'], {
    nullable: ['cause', 'code', 'signature', 'message', 'rule', 'boot'],
    clustered: true,
  });
  await createTable(db, 'attempts', ['run', 'attempt'], {
    nullable: ['outcome', 'cause', 'signature', 'message', 'rule', 'ended_at', 'evidence'],
    clustered: true,
  });
  await createTable(db, 'subtests', ['run', 'attempt', 'subtest'], {
    nullable: ['message', 'signature'],
    clustered: true,
  });
  await createTable(db, 'machines', ['run', 'attempt', 'machine'], {
    nullable: ['booting_at', 'ready_at', 'ended_at', 'platform_id', 'folder'],
    clustered: true,
  });
  await createTable(db, 'releases', ['channel', 'version']);
  await createTable(db, 'adoption', ['channel', 'version', 'at'], { nullable: ['source'] });
  await createTable(db, 'issues', ['id']);
  await createIndexes(db);
};

const createIndexes = async (db: Kysely<unknown>): Promise<void> => {
  const index = (name: string, table: string, columns: string[]): Promise<void> =>
    db.schema.createIndex(name).on(table).columns(columns).execute();
  // A candidate's runs; all targets of a channel, newest first.
  await index('targets_by_release', 'targets', ['channel', 'version', 'arch']);
  await index('targets_by_time', 'targets', ['started_at']);
  // One scenario's grid of last results.
  await index('results_by_scenario', 'results', ['scenario', 'decided_at']);
  // Nearly all results pass and have no signature: indexes over the few others stay small and cheap to write.
  await db.schema
    .createIndex('results_not_passed')
    .on('results')
    .columns(['decided_at'])
    .where(sql.ref('outcome'), '<>', sql.lit('passed'))
    .execute();
  await db.schema
    .createIndex('results_by_signature')
    .on('results')
    .columns(['signature', 'decided_at'])
    .where(sql.ref('signature'), 'is not', null)
    .execute();
};
