import { sql } from 'kysely';
import { type Store, storing } from '../open.ts';

/** One cell of a scenario's grid (V5). */
export interface ScenarioResult {
  readonly run: string;
  readonly target: number;
  readonly platform: string;
  readonly arch: string;
  readonly variant: string;
  readonly channel: string;
  readonly version: string;
  readonly kind: string;
  readonly synthetic: boolean;
  readonly provenance: string;
  readonly copy: number;
  readonly outcome: string;
  readonly cause: string | null;
  readonly signature: string | null;
  readonly message: string | null;
  readonly rule: string | null;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly decidedAt: number;
  readonly took: number;
  readonly boot: number | null;
}

export interface ScenarioFilter {
  readonly platform?: string;
  readonly arch?: string;
  readonly channel?: string;
  /** Newest results wanted; default 30. */
  readonly limit?: number;
}

/** A scenario's last results, newest first. */
export const scenarioHistory = (
  store: Store,
  scenario: string,
  filter: ScenarioFilter = {},
): Promise<ScenarioResult[]> =>
  storing(store, `the history of ${scenario} was read`, async () => {
    let query = withTargets(store).where('results.scenario', '=', scenario);
    if (filter.platform !== undefined) query = query.where('targets.platform', '=', filter.platform);
    if (filter.arch !== undefined) query = query.where('targets.arch', '=', filter.arch);
    if (filter.channel !== undefined) query = query.where('targets.channel', '=', filter.channel);
    const rows = await query
      .orderBy('results.decided_at', 'desc')
      .orderBy('results.run')
      .limit(filter.limit ?? 30)
      .execute();
    return rows.map(row => ({ ...row, synthetic: row.synthetic === 1 }));
  });

/** Everything that was not a clean pass since a time, newest first: what groups (V4) and flakes (V9) are made of. */
export const unstableResults = (
  store: Store,
  since: number,
  limit = 5000,
): Promise<(ScenarioResult & { readonly scenario: string })[]> =>
  storing(store, 'failures were read', async () => {
    const rows = await withTargets(store)
      .select('results.scenario')
      // Said twice: the literal is what lets the databases use the index over results that did not pass.
      .where(sql<boolean>`results.outcome <> 'passed'`)
      .where('results.outcome', 'in', ['failed', 'flaky', 'timedout'])
      .where('results.decided_at', '>=', since)
      .orderBy('results.decided_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map(row => ({ ...row, synthetic: row.synthetic === 1 }));
  });

/** Where and when a failure signature was first seen; undefined = never. */
export const firstSeen = (
  store: Store,
  signature: string,
): Promise<{ readonly version: string; readonly channel: string; readonly at: number } | undefined> =>
  storing(store, 'a signature was looked up', () =>
    store.db
      .selectFrom('results')
      .innerJoin('targets', join =>
        join.onRef('results.run', '=', 'targets.run').onRef('results.target', '=', 'targets.target'),
      )
      .select(['targets.version', 'targets.channel', 'results.decided_at as at'])
      .where('results.signature', '=', signature)
      .orderBy('results.decided_at')
      .limit(1)
      .executeTakeFirst(),
  );

const withTargets = (store: Store) =>
  store.db
    .selectFrom('results')
    .innerJoin('targets', join =>
      join.onRef('results.run', '=', 'targets.run').onRef('results.target', '=', 'targets.target'),
    )
    .innerJoin('runs', 'runs.run', 'results.run')
    .select([
      'results.run',
      'results.target',
      'targets.platform',
      'targets.arch',
      'targets.variant',
      'targets.channel',
      'targets.version',
      'targets.kind',
      'runs.synthetic',
      'runs.provenance',
      'results.copy',
      'results.outcome',
      'results.cause',
      'results.signature',
      'results.message',
      'results.rule',
      'results.attempts',
      'results.decided_at as decidedAt',
      'results.took',
      'results.boot',
    ]);
