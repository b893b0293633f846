import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { historyReader } from '../../src/store/history.ts';
import { foldLog } from '../../src/store/import/fold.ts';
import { importRuns } from '../../src/store/import/import-run.ts';
import { readEventLog } from '../../src/store/import/read-log.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { matrixTargets, recentRuns, releaseOverview } from '../../src/store/queries/overview.ts';
import { runDetail } from '../../src/store/queries/run-detail.ts';
import { durations, firstSeen, scenarioHistory, unstableResults } from '../../src/store/queries/scenario.ts';
import { asNdjson, digestOf, scriptedEvents } from '../support/event-log.ts';
import { startPostgres } from '../support/postgres.ts';

/**
 * `npx node tests/bench/store.ts [--results 1000000] [--store sqlite|postgres]`: a year of runs of 120 scenarios on
 * 12 platforms × 2 architectures, imported from event logs as the engine writes them (eight events for each result),
 * then every query that a page of the dashboard makes, 40 times with changing arguments.
 */
const { values } = parseArgs({
  options: { results: { type: 'string', default: '1000000' }, store: { type: 'string', default: 'sqlite' } },
});
const wanted = Number(values.results);
const perRun = 120;
/** Runs handed over at once, as `kola import DIR…` does. */
const together = 150;
const day = 86_400_000;
const end = Date.parse('2026-11-20T00:00:00Z');
const platforms = [
  'qemu',
  'aws',
  'azure',
  'gce',
  'digitalocean',
  'vmware',
  'openstack',
  'brightbox',
  'hetzner',
  'akamai',
  'stackit',
  'scaleway',
];
const arches = ['amd64', 'arm64'] as const;
const channels = ['alpha', 'beta', 'stable', 'lts'];
const runs = Math.ceil(wanted / perRun);

const place = (index: number) => ({
  platform: platforms[index % 12] ?? '',
  arch: arches[Math.floor(index / 12) % 2] ?? 'amd64',
  channel: channels[Math.floor(index / 24) % 4] ?? '',
  version: `${4000 + Math.floor(index / 192)}.2.0`,
});

/** Texts of some runs, made once: the import is measured, not the writing of logs. */
const templates = Array.from({ length: 24 }, (_, variant) =>
  asNdjson(
    scriptedEvents({
      run: 'RUNRUNRU',
      at: '2026-01-01T00:00:00.000Z',
      target: {
        platform: platforms[variant % 12] ?? '',
        arch: arches[Math.floor(variant / 12)] ?? 'amd64',
        channel: 'CHANNEL',
        image: { version: 'VERSION', digest: digestOf('a') },
      },
      results: Array.from({ length: perRun }, (_, index) => ({
        scenario: `cl.area${index % 12}.scenario-${index}`,
        ...((index + variant) % 40 === 0
          ? { outcome: 'failed' as const, message: `cause ${'abcdefgh'[variant % 8]} after 12 s` }
          : {}),
        ...((index + variant) % 60 === 1 ? { outcome: 'flaky' as const, attempts: 2 } : {}),
        took: 1000 + index * 10,
      })),
    }),
  ).toString(),
);

const logOf = (index: number): Buffer => {
  const { channel, version } = place(index);
  const date = new Date(end - 365 * day * (1 - index / runs)).toISOString().slice(0, 10);
  return Buffer.from(
    (templates[index % 24] ?? '')
      .replaceAll('RUNRUNRU', `r${index.toString(36).padStart(7, '0')}`)
      .replaceAll('CHANNEL', channel)
      .replaceAll('VERSION', version)
      .replaceAll('2026-01-01T', `${date}T`),
  );
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const fill = async (store: Store): Promise<void> => {
  let [busy, cpu, results] = [0, 0, 0];
  for (let first = 0; first < runs; first += together) {
    const logs = Array.from({ length: Math.min(together, runs - first) }, (_, index) => logOf(first + index));
    const [from, before] = [performance.now(), process.cpuUsage()];
    const folded = logs.map(bytes => foldLog(readEventLog('log', bytes), 'bench'));
    for (const done of await importRuns(store, folded, end)) {
      if (done.change !== 'added') throw new Error(`run ${done.run} is ${done.change}`);
      results += done.results;
    }
    busy += performance.now() - from;
    const used = process.cpuUsage(before);
    cpu += (used.user + used.system) / 1000;
  }
  say(
    `imported ${results} results of ${runs} runs in ${(busy / 1000).toFixed(1)} s: ${Math.round((1000 * results) / busy)}/s (${Math.round((1000 * results) / cpu)}/s of processor time)`,
  );
};

const queries = (store: Store): Readonly<Record<string, (n: number) => Promise<unknown>>> => {
  const history = historyReader(store);
  const at = (n: number) => place(Math.floor((n * 7919) % runs));
  const scenario = (n: number): string => `cl.area${(n * 7) % 12}.scenario-${(n * 7) % 120}`;
  return {
    'release board, last 30 days': () => releaseOverview(store, end - 30 * day),
    'release board, whole year': () => releaseOverview(store, 0),
    'recent runs': () => recentRuns(store),
    'matrix of a candidate': n => matrixTargets(store, at(n).channel, at(n).version),
    'all results of a candidate (gate)': n =>
      history.targets({ channel: at(n).channel, version: at(n).version }),
    'versions of a channel': n => history.versions(at(n).channel),
    'scenario, last 30 results': n => scenarioHistory(store, scenario(n)),
    'scenario on one platform': n =>
      scenarioHistory(store, scenario(n), { platform: at(n).platform, arch: at(n).arch }),
    'scenario in one channel': n => scenarioHistory(store, scenario(n), { channel: at(n).channel }),
    'durations, 90 days': n => durations(store, scenario(n), end - 90 * day),
    'failures and flakes, 14 days': () => unstableResults(store, end - 14 * day),
    'first time of a signature': n => firstSeen(store, `check: cause ${'abcdefgh'[n % 8]} after # s`),
    'one run with machines': n => runDetail(store, `r${((n * 7919) % runs).toString(36).padStart(7, '0')}`),
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
  await fill(store);
  await measure(store);
} finally {
  server?.stop();
  rmSync(folder, { recursive: true });
}
