import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { historyReader } from '../../src/store/history.ts';
import { importPaths } from '../../src/store/import/import-paths.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { machineTimes, recentRuns, releaseOverview } from '../../src/store/queries/overview.ts';
import { scenarioTotals } from '../../src/store/queries/pages.ts';
import { runDetail } from '../../src/store/queries/run-detail.ts';
import { firstSeen, scenarioHistory, unstableResults } from '../../src/store/queries/scenario.ts';
import { startPostgres } from '../support/postgres.ts';
import { arches, day, end, logOf, messageOf, perRun, platforms, say, scenarioName } from './release-year.ts';

/**
 * `npx node tests/bench/store.ts [--results 1000000] [--store sqlite|postgres]`: a year of runs of 120 scenarios on
 * 12 platforms × 2 architectures, imported from run folders as `kola import` does it, then every query that a page of
 * the dashboard makes, 40 times with changing arguments.
 */
const { values } = parseArgs({
  options: { results: { type: 'string', default: '1000000' }, store: { type: 'string', default: 'sqlite' } },
});
const channels = ['alpha', 'beta', 'stable', 'lts'];
const runs = Math.ceil(Number(values.results) / perRun);
/** Run folders that lie on the disk at once; the writing of them is not measured. */
const written = 1500;

const runId = (index: number): string => `r${index.toString(36).padStart(7, '0')}`;
const place = (index: number) => ({
  run: runId(index),
  platform: platforms[index % 12] ?? '',
  arch: arches[Math.floor(index / 12) % 2] ?? 'amd64',
  channel: channels[Math.floor(index / 24) % 4] ?? '',
  version: `${4000 + Math.floor(index / 192)}.2.0`,
  at: end - 365 * day * (1 - index / runs),
});

const writeRuns = (into: string, first: number): string[] =>
  Array.from({ length: Math.min(written, runs - first) }, (_, index) => {
    const run = join(into, runId(first + index));
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'events.ndjson'), logOf(first + index, place(first + index)));
    return run;
  });

const fill = async (store: Store, folder: string): Promise<void> => {
  let [busy, cpu, results] = [0, 0, 0];
  for (let first = 0; first < runs; first += written) {
    const paths = writeRuns(join(folder, 'runs'), first);
    const [from, before] = [performance.now(), process.cpuUsage()];
    for await (const answer of importPaths(store, paths, {}, () => end)) {
      if ('error' in answer) throw answer.error;
      if (answer.done.change !== 'added') throw new Error(`${answer.path} is ${answer.done.change}`);
      results += answer.done.results;
    }
    busy += performance.now() - from;
    const used = process.cpuUsage(before);
    cpu += (used.user + used.system) / 1000;
    rmSync(join(folder, 'runs'), { recursive: true });
  }
  const rate = (ms: number): string => `${Math.round((1000 * results) / ms)}/s`;
  say(
    `imported ${results} results of ${runs} runs in ${(busy / 1000).toFixed(1)} s: ${rate(busy)}, ${rate(cpu)} of processor time; load ${loadavg()
      .map(one => one.toFixed(1))
      .join(' ')}`,
  );
};

const queries = (store: Store): Readonly<Record<string, (n: number) => Promise<unknown>>> => {
  const history = historyReader(store);
  const at = (n: number) => place(Math.floor((n * 7919) % runs));
  const scenario = (n: number): string => scenarioName((n * 7) % perRun);
  return {
    'release board, last 30 days': () => releaseOverview(store, end - 30 * day),
    'release board, whole year': () => releaseOverview(store, 0),
    'recent runs': () => recentRuns(store),
    'machine times of a candidate': n => machineTimes(store, [at(n).channel], at(n).version),
    'all results of a candidate (gate)': n =>
      history.targets({ channel: at(n).channel, version: at(n).version }),
    'versions of a channel': n => history.versions(at(n).channel),
    'scenario, last 30 results': n => scenarioHistory(store, scenario(n)),
    'scenario on one platform': n =>
      scenarioHistory(store, scenario(n), { platform: at(n).platform, arch: at(n).arch }),
    'scenario in one channel': n => scenarioHistory(store, scenario(n), { channel: at(n).channel }),
    'all scenarios, 30 days': () => scenarioTotals(store, end - 30 * day, true),
    'failures and flakes, 14 days': () => unstableResults(store, end - 14 * day),
    'first time of a signature': n => firstSeen(store, `check: ${messageOf(n).replace('12', '#')}`),
    'one run with machines': n => runDetail(store, runId((n * 7919) % runs)),
  };
};

const measure = async (store: Store): Promise<void> => {
  say('| query | p50 ms | p95 ms |\n|---|--:|--:|');
  for (const [name, query] of Object.entries(queries(store))) {
    const times: number[] = [];
    for (let n = 0; n < 40; n++) {
      const from = performance.now();
      await query(n);
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    say(`| ${name} | ${times[20]?.toFixed(1)} | ${times[38]?.toFixed(1)} |`);
  }
};

const folder = mkdtempSync(join(tmpdir(), 'kola-bench-'));
const server = values.store === 'postgres' ? startPostgres() : undefined;
try {
  await using store = await openStore(server?.createDatabase() ?? join(folder, 'history.db'));
  await fill(store, folder);
  await measure(store);
} finally {
  server?.stop();
  rmSync(folder, { recursive: true });
}
