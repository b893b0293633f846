import { sql } from 'kysely';
import type { ReleaseFacts } from '../../core/release-facts.ts';
import { type Store, storing } from '../open.ts';
import type { RunTarget } from './run-detail.ts';

/** Changes whenever something was imported: what pages of the dashboard are kept by. Costs a few milliseconds. */
export const storeStamp = (store: Store): Promise<string> =>
  storing(store, 'it was asked for news', async () => {
    const [runs, releases, lists, adoption, issues] = await Promise.all([
      store.db
        .selectFrom('runs')
        .select(eb => [
          eb.fn.countAll<number>().as('a'),
          eb.fn.max<number>('imported_at').as('b'),
          eb.fn.sum<number>('last_seq').as('c'),
        ])
        .executeTakeFirst(),
      store.db
        .selectFrom('releases')
        .select(eb => [eb.fn.countAll<number>().as('a'), sql<number>`sum(length(facts))`.as('b')])
        .executeTakeFirst(),
      store.db
        .selectFrom('release_files')
        .select(eb => [eb.fn.countAll<number>().as('a'), sql<number>`sum(length(gzip))`.as('b')])
        .executeTakeFirst(),
      store.db
        .selectFrom('adoption')
        .select(eb => [eb.fn.countAll<number>().as('a'), eb.fn.sum<number>('machines').as('b')])
        .executeTakeFirst(),
      store.db
        .selectFrom('issues')
        .select(eb => [eb.fn.countAll<number>().as('a'), sql<number>`sum(length(issue))`.as('b')])
        .executeTakeFirst(),
    ]);
    return JSON.stringify(
      [runs, releases, lists, adoption, issues].map(row => Object.values(row ?? {}).map(String)),
    );
  });

/** Head of one run's page; undefined = not in the store. */
export const runHead = (store: Store, run: string) =>
  storing(store, `run ${run} was read`, () =>
    store.db.selectFrom('runs').selectAll().where('run', '=', run).executeTakeFirst(),
  );

/** Places of some runs, for lists of runs. */
export const targetsOfRuns = (store: Store, runs: readonly string[]) =>
  storing(store, 'targets of runs were read', async () =>
    runs.length === 0
      ? []
      : await store.db
          .selectFrom('targets')
          .select(['run', 'target', 'platform', 'arch', 'variant', 'channel', 'version', 'kind', 'planned'])
          .select(['decided', 'passed', 'machine_time'])
          .where('run', 'in', [...runs])
          .orderBy('run')
          .orderBy('target')
          .execute(),
  );

/** What was planned and what was left out in some versions of a channel (V7). Reads no results. */
export interface VersionPlan {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  readonly variant: string;
  readonly planned: readonly string[];
  readonly unselected: RunTarget['unselected'];
}

export const plansOfVersions = (
  store: Store,
  channels: readonly string[],
  versions: readonly string[],
  embargoed: boolean,
): Promise<VersionPlan[]> =>
  storing(store, 'plans were read', async () => {
    if (versions.length === 0) return [];
    let query = store.db
      .selectFrom('targets')
      .innerJoin('runs', 'runs.run', 'targets.run')
      .innerJoin('plans', 'plans.hash', 'targets.plan')
      .select(['targets.version', 'targets.platform', 'targets.arch', 'targets.variant'])
      .select(['plans.selected', 'plans.unselected'])
      .distinct()
      .where('targets.channel', 'in', [...channels])
      .where('targets.version', 'in', [...versions]);
    if (!embargoed) query = query.where('runs.embargoed', '=', 0);
    const rows = await query.execute();
    return rows.map(({ selected, unselected, ...row }) => ({
      ...row,
      planned: JSON.parse(selected) as string[],
      unselected: JSON.parse(unselected) as VersionPlan['unselected'],
    }));
  });

/** One scenario's results since a time, counted. */
export interface ScenarioTotal {
  readonly scenario: string;
  readonly results: number;
  readonly passed: number;
  readonly unstable: number;
  readonly mean: number;
  readonly lastAt: number;
}

/** Whole days (UTC) are counted. Reads counts, never results. */
export const scenarioTotals = (store: Store, since: number, embargoed: boolean): Promise<ScenarioTotal[]> =>
  storing(store, 'scenarios were counted', async () => {
    const rows = await store.db
      .selectFrom('scenario_days')
      .select(eb => [
        'scenario',
        eb.fn.sum<number>('results').as('results'),
        eb.fn.sum<number>('passed').as('passed'),
        eb.fn.sum<number>('unstable').as('unstable'),
        sql<number>`sum(took) * 1.0 / sum(results)`.as('mean'),
        eb.fn.max<number>('last_at').as('lastAt'),
      ])
      .where('day', '>=', Math.floor(since / 86_400_000))
      .where('embargoed', '<=', embargoed ? 1 : 0)
      .groupBy('scenario')
      .having(sql<boolean>`sum(results) > 0`)
      .orderBy('scenario')
      .execute();
    return rows.map(row => ({
      scenario: row.scenario,
      results: Number(row.results),
      passed: Number(row.passed),
      unstable: Number(row.unstable),
      mean: Number(row.mean),
      lastAt: Number(row.lastAt),
    }));
  });

/** Runs that must not leave the house, and versions that only such runs know, or whose facts say so. */
export const embargoes = (
  store: Store,
): Promise<{ readonly runs: ReadonlySet<string>; readonly versions: ReadonlySet<string> }> =>
  storing(store, 'embargoes were read', async () => {
    const runs = await store.db.selectFrom('runs').select('run').where('embargoed', '=', 1).execute();
    const versions = await store.db
      .selectFrom('targets')
      .innerJoin('runs', 'runs.run', 'targets.run')
      .select('targets.version')
      .groupBy('targets.version')
      .having(sql<boolean>`min(runs.embargoed) = 1`)
      .execute();
    const described = await store.db
      .selectFrom('releases')
      .select(['version', 'facts'])
      .where('facts', 'like', '%"embargoed":true%')
      .execute();
    const secret = described.filter(row => (JSON.parse(row.facts) as ReleaseFacts).embargoed === true);
    return {
      runs: new Set(runs.map(row => row.run)),
      versions: new Set([...versions, ...secret].map(row => row.version)),
    };
  });
