import { type Kysely, sql } from 'kysely';

/** How long a target's machines were up, in milliseconds: what a run costs depends on it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .alterTable('targets')
    .addColumn('machine_time', 'bigint', column => column.notNull().defaultTo(0))
    .execute();
  await sql`
    update targets set machine_time = coalesce((
      select sum(machines.ended_at - machines.provisioning_at)
      from machines inner join attempts on attempts.run = machines.run and attempts.attempt = machines.attempt
      where machines.run = targets.run and attempts.target = targets.target and machines.ended_at is not null
    ), 0)`.execute(db);
};
