import { type Kysely, sql } from 'kysely';
import { createTable } from './create-table.ts';

/** Counts of each scenario by day, made from what is there already. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await createTable(db, 'scenario_days', ['day', 'scenario', 'embargoed']);
  await sql`
    insert into scenario_days (day, scenario, embargoed, results, passed, unstable, took, last_at)
    select cast(results.decided_at / 86400000 as integer), results.scenario, runs.embargoed, count(*),
      sum(case when results.outcome = 'passed' then 1 else 0 end),
      sum(case when results.outcome in ('failed', 'flaky', 'timedout') then 1 else 0 end),
      sum(results.took), max(results.decided_at)
    from results inner join runs on runs.run = results.run
    group by 1, 2, 3`.execute(db);
  // Nothing ever asked it, and every import paid for it.
  await sql`drop index if exists attempts_by_result`.execute(db);
};
