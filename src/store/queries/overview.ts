import { sql } from 'kysely';
import { type Store, storing } from '../open.ts';

/** One version of one channel with its counts, for the release board (V1). */
export interface ReleaseRow {
  readonly channel: string;
  readonly version: string;
  readonly arch: string;
  readonly targets: number;
  readonly planned: number;
  readonly decided: number;
  readonly passed: number;
  readonly failed: number;
  readonly flaky: number;
  readonly synthetic: boolean;
  /** Some of it tested an image that is no Flatcar release. */
  readonly reference: boolean;
  readonly embargoed: boolean;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * Releases tested since a time, newest first. Reads targets only, never results. `embargoed` false leaves out what
 * must not leave the house.
 */
export const releaseOverview = (
  store: Store,
  since: number,
  limit = 100,
  embargoed = true,
): Promise<ReleaseRow[]> =>
  storing(store, 'the releases were read', async () => {
    const rows = await store.db
      .selectFrom('targets')
      .innerJoin('runs', 'runs.run', 'targets.run')
      .where('runs.embargoed', '<=', embargoed ? 1 : 0)
      .where('targets.started_at', '>=', since)
      .groupBy(['targets.channel', 'targets.version', 'targets.arch'])
      .select(eb => [
        'targets.channel',
        'targets.version',
        'targets.arch',
        eb.fn.countAll<number>().as('targets'),
        eb.fn.sum<number>('targets.planned').as('planned'),
        eb.fn.sum<number>('targets.decided').as('decided'),
        eb.fn.sum<number>('targets.passed').as('passed'),
        eb.fn.sum<number>('targets.failed').as('failed'),
        eb.fn.sum<number>('targets.flaky').as('flaky'),
        eb.fn.max<number>('runs.synthetic').as('synthetic'),
        eb.fn.max<number>('runs.embargoed').as('embargoed'),
        sql<number>`max(case when targets.kind = 'flatcar' then 0 else 1 end)`.as('reference'),
        eb.fn.min<number>('targets.started_at').as('firstAt'),
        eb.fn.max<number>('runs.last_event_at').as('lastAt'),
      ])
      .orderBy(sql`max(runs.last_event_at)`, 'desc')
      .orderBy('targets.channel')
      .orderBy('targets.arch')
      .limit(limit)
      .execute();
    return rows.map(row => ({
      ...row,
      synthetic: row.synthetic === 1,
      reference: Number(row.reference) === 1,
      embargoed: row.embargoed === 1,
    }));
  });

/** One run, for lists and the head of its page. */
export interface RunRow {
  readonly run: string;
  readonly format: string;
  readonly provenance: string;
  readonly synthetic: boolean;
  readonly embargoed: boolean;
  readonly startedAt: number;
  readonly lastEventAt: number;
  readonly ended: boolean;
  readonly exitCode: number | null;
  readonly verdict: string | null;
  readonly source: string;
}

export const recentRuns = (store: Store, limit = 50): Promise<RunRow[]> =>
  storing(store, 'runs were read', async () => {
    const rows = await store.db
      .selectFrom('runs')
      .selectAll()
      .orderBy('started_at', 'desc')
      .orderBy('run')
      .limit(limit)
      .execute();
    return rows.map(row => ({
      run: row.run,
      format: row.format,
      provenance: row.provenance,
      synthetic: row.synthetic === 1,
      embargoed: row.embargoed === 1,
      startedAt: row.started_at,
      lastEventAt: row.last_event_at,
      ended: row.ended === 1,
      exitCode: row.exit_code,
      verdict: row.verdict,
      source: row.source,
    }));
  });

/** How long the machines of each target of one version were up. Reads no results. */
export const machineTimes = (store: Store, channels: readonly string[], version: string) =>
  storing(store, 'machine times were read', () =>
    store.db
      .selectFrom('targets')
      .select(['run', 'platform', 'arch', 'variant', 'machine_time'])
      .where('channel', 'in', [...channels])
      .where('version', '=', version)
      .execute(),
  );
