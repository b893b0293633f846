import { sql } from 'kysely';
import type { HistoryReader, ResultRecord, TargetFilter, TargetRecord } from '../core/history.ts';
import type { CauseKind, Outcome } from '../core/outcome.ts';
import type { Adoption, ReleaseFacts, ReleaseIssue } from '../core/release-facts.ts';
import type { Arch, ImageKind } from '../core/target.ts';
import { compareVersions } from '../core/version.ts';
import { releaseLists } from './import/release-files.ts';
import { type Store, storing } from './open.ts';

/** The history as the gate reads it: whole targets with plan and results, in an order that is always the same. */
export const historyReader = (store: Store): HistoryReader => ({
  targets: filter => storing(store, 'results were read', () => readTargets(store, filter)),
  versions: channel => storing(store, 'versions were read', () => readVersions(store, channel)),
  release: async (channel, version) => (await readReleases(store, channel, version))[0],
  releases: channel => readReleases(store, channel),
  adoption: version => storing(store, 'adoption was read', () => readAdoption(store, version)),
  issues: () =>
    storing(store, 'issues were read', async () => {
      const rows = await store.db.selectFrom('issues').select('issue').orderBy('id').execute();
      return rows.map(row => JSON.parse(row.issue) as ReleaseIssue);
    }),
});

/** Newest first. A list of packages that was imported by itself stands in for the one that the facts lack. */
const readReleases = (store: Store, channel: string, version?: string): Promise<ReleaseFacts[]> =>
  storing(store, 'release facts were read', async () => {
    const known = store.db.selectFrom('releases').select('facts').where('channel', '=', channel);
    const rows = await (version === undefined ? known : known.where('version', '=', version)).execute();
    const facts = rows.map(row => JSON.parse(row.facts) as ReleaseFacts);
    if (version !== undefined) {
      const lists = await releaseLists(store, [channel], version, 'packages');
      return facts.map(one => withPackages(one, lists));
    }
    return facts.sort((a, b) => compareVersions(b.version, a.version));
  });

const withPackages = (facts: ReleaseFacts, lists: ReadonlyMap<string, string>): ReleaseFacts => ({
  ...facts,
  arches: Object.fromEntries(
    Object.entries(facts.arches).map(([arch, own]) => {
      const list = lists.get(arch)?.split('\n');
      return [arch, own.packages === undefined && list !== undefined ? { ...own, packages: list } : own];
    }),
  ),
});

const readVersions = async (store: Store, channel: string): Promise<string[]> => {
  const tested = store.db.selectFrom('targets').select('version').where('channel', '=', channel).distinct();
  const described = store.db.selectFrom('releases').select('version').where('channel', '=', channel);
  const rows = await tested.union(described).execute();
  return rows.map(row => row.version).sort((a, b) => compareVersions(b, a));
};

const readAdoption = async (store: Store, version: string): Promise<Adoption[]> => {
  const rows = await store.db
    .selectFrom('adoption')
    .selectAll()
    .where('version', '=', version)
    .orderBy('at')
    .orderBy('channel')
    .execute();
  return rows.map(({ at, source, ...row }) => ({
    ...row,
    at: new Date(at).toISOString(),
    ...(source === null ? {} : { source }),
  }));
};

const readTargets = async (store: Store, filter: TargetFilter): Promise<TargetRecord[]> => {
  const targets = await selectTargets(store, filter);
  if (targets.length === 0) return [];
  const results = new Map(
    (await selectResults(store, filter)).map(row => [`${row.run}\n${row.target}`, row.results]),
  );
  const planned = parsedOnce<string[]>();
  return targets.map(row => ({
    run: row.run,
    platform: row.platform,
    arch: row.arch as Arch,
    variant: row.variant,
    channel: row.channel,
    version: row.version,
    digest: row.digest,
    kind: row.kind as ImageKind,
    startedAt: row.started_at,
    ended: row.ended === 1,
    provenance: row.provenance === 'run' ? 'run' : 'imported',
    synthetic: row.synthetic === 1,
    policy: row.policy,
    embargoed: row.embargoed === 1,
    planned: planned(row.selected),
    results: resultRecords(results.get(`${row.run}\n${row.target}`) ?? '[]'),
  }));
};

/** Most runs of a release plan the same, in the same words. */
const parsedOnce = <T>(): ((json: string) => T) => {
  const known = new Map<string, T>();
  return json => {
    const value = known.get(json) ?? (JSON.parse(json) as T);
    known.set(json, value);
    return value;
  };
};

const selectTargets = (store: Store, filter: TargetFilter) =>
  matching(store, filter)
    .innerJoin('plans', 'plans.hash', 'targets.plan')
    .selectAll('targets')
    .select([
      'runs.ended',
      'runs.provenance',
      'runs.synthetic',
      'runs.policy',
      'runs.embargoed',
      'plans.selected',
    ])
    .orderBy('targets.run')
    .orderBy('targets.target')
    .execute();

const matching = (store: Store, filter: TargetFilter) => {
  let query = store.db.selectFrom('targets').innerJoin('runs', 'runs.run', 'targets.run');
  if (filter.channel !== undefined) query = query.where('targets.channel', '=', filter.channel);
  if (filter.version !== undefined) query = query.where('targets.version', '=', filter.version);
  if (filter.arch !== undefined) query = query.where('targets.arch', '=', filter.arch);
  if (filter.platform !== undefined) query = query.where('targets.platform', '=', filter.platform);
  if (filter.embargoed === false) query = query.where('runs.embargoed', '=', 0);
  return query;
};

const resultColumns = [
  'scenario',
  'copy',
  'outcome',
  'cause',
  'code',
  'signature',
  'message',
  'rule',
  'attempts',
  'decided_at',
  'took',
  'boot',
] as const;

/**
 * The results of each target as one JSON text: a candidate has thousands, and both databases write a text sooner than
 * a driver makes that many rows.
 */
const selectResults = (store: Store, filter: TargetFilter) => {
  const values = sql.join(resultColumns.map(name => sql.ref(`results.${name}`)));
  const list =
    store.dialect === 'postgres'
      ? sql<string>`json_agg(json_build_array(${values}))::text`
      : sql<string>`json_group_array(json_array(${values}))`;
  return matching(store, filter)
    .innerJoin('results', join =>
      join.onRef('results.run', '=', 'targets.run').onRef('results.target', '=', 'targets.target'),
    )
    .select(['targets.run', 'targets.target', list.as('results')])
    .groupBy(['targets.run', 'targets.target'])
    .execute();
};

/** A row of {@link resultColumns}. */
type ResultValues = readonly [
  scenario: string,
  copy: number,
  outcome: Outcome,
  cause: CauseKind | null,
  code: string | null,
  signature: string | null,
  message: string | null,
  rule: string | null,
  attempts: number,
  decidedAt: number,
  took: number,
  boot: number | null,
];

const resultRecords = (json: string): ResultRecord[] =>
  (JSON.parse(json) as ResultValues[]).map(resultRecord).sort(byScenario);

const resultRecord = ([
  scenario,
  copy,
  outcome,
  cause,
  code,
  signature,
  message,
  rule,
  attempts,
  decidedAt,
  took,
  boot,
]: ResultValues): ResultRecord => ({
  scenario,
  copy,
  outcome,
  cause,
  code,
  signature,
  message,
  rule,
  attempts,
  decidedAt,
  took,
  boot,
});

// Sorting the few results of each target here is quicker than having the database sort all of them by text.
const byScenario = (a: ResultRecord, b: ResultRecord): number =>
  a.scenario === b.scenario ? a.copy - b.copy : a.scenario < b.scenario ? -1 : 1;
