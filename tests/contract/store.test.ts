import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyReader } from '../../src/store/history.ts';
import { foldLog } from '../../src/store/import/fold.ts';
import { importRun, importRuns } from '../../src/store/import/import-run.ts';
import { readEventLog } from '../../src/store/import/read-log.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { machineTimes, recentRuns, releaseOverview } from '../../src/store/queries/overview.ts';
import { scenarioTotals } from '../../src/store/queries/pages.ts';
import { runDetail } from '../../src/store/queries/run-detail.ts';
import { firstSeen, scenarioHistory, unstableResults } from '../../src/store/queries/scenario.ts';
import { asNdjson, type ScriptedRun, scriptedEvents } from '../support/event-log.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';

const fold = (script: ScriptedRun, events = scriptedEvents(script)) =>
  foldLog(readEventLog('events.ndjson', asNdjson(events)), 'test');
const add = (store: Store, script: ScriptedRun) => importRun(store, fold(script), 1);

let server: PostgresServer;
let folder: string;
let files = 0;
beforeAll(() => {
  server = startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'kola-store-'));
});
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true });
});

const places = [
  ['sqlite', () => join(folder, `${files++}.db`)],
  ['postgres', () => server.createDatabase()],
] as const;

describe.each(places)('the history in %s', (_kind, place) => {
  it('gives back what was imported', async () => {
    await using store = await openStore(place());
    await add(store, {
      results: [
        { scenario: 'cl.basic', subtests: ['PortSSH'] },
        { scenario: 'cl.etcd', outcome: 'failed', message: 'timed out after 12 s', rule: 'kernel-panic' },
        { scenario: 'cl.tang', outcome: 'flaky', attempts: 3 },
      ],
      unfinished: ['cl.verity'],
      unselected: ['cl.tpm'],
      ended: false,
    });
    const [target] = await historyReader(store).targets({ channel: 'stable', version: '4459.2.1' });
    expect(target?.planned).toEqual(['cl.basic', 'cl.etcd', 'cl.tang', 'cl.verity']);
    expect(target?.ended).toBe(false);
    expect(target?.results.map(r => [r.scenario, r.outcome, r.attempts, r.rule, r.boot])).toEqual([
      ['cl.basic', 'passed', 1, null, 900],
      ['cl.etcd', 'failed', 1, 'kernel-panic', 900],
      ['cl.tang', 'flaky', 3, null, 900],
    ]);
    expect(target?.results[1]?.signature).toBe('check: timed out after # s');
    const detail = await runDetail(store, 'runaaaaa');
    expect(detail.attempts).toHaveLength(6);
    expect(detail.machines[0]).toMatchObject({ phase: 'destroyed', attempt: 'cl.basic-1' });
    expect(detail.subtests.map(one => one.subtest)).toEqual(['PortSSH']);
    expect(detail.targets[0]?.unselected).toEqual([
      { scenario: 'cl.tpm', code: 'capability', text: 'needs tpm' },
    ]);
    expect((await releaseOverview(store, 0))[0]).toMatchObject({
      version: '4459.2.1',
      planned: 4,
      decided: 3,
      passed: 1,
      failed: 1,
      flaky: 1,
    });
    expect(await recentRuns(store)).toMatchObject([{ run: 'runaaaaa', ended: false, format: 'kola' }]);
    expect((await scenarioHistory(store, 'cl.etcd', { platform: 'qemu' }))[0]).toMatchObject({
      outcome: 'failed',
      version: '4459.2.1',
    });
    expect(await scenarioHistory(store, 'cl.etcd', { platform: 'aws' })).toEqual([]);
    expect((await unstableResults(store, 0)).map(r => r.scenario).sort()).toEqual(['cl.etcd', 'cl.tang']);
    expect((await firstSeen(store, 'check: timed out after # s'))?.version).toBe('4459.2.1');
  });

  it('imports the same run once, and the rest of a half-written one later', async () => {
    await using store = await openStore(place());
    const script: ScriptedRun = { results: [{ scenario: 'a' }, { scenario: 'b' }, { scenario: 'c' }] };
    const events = scriptedEvents(script);
    const half = fold(script, events.slice(0, 13));
    expect(await importRun(store, half, 1)).toMatchObject({ change: 'added', results: 1, ended: false });
    expect(await importRun(store, half, 2)).toMatchObject({ change: 'unchanged', results: 1 });
    expect(await add(store, script)).toMatchObject({ change: 'extended', results: 3, ended: true });
    expect(await add(store, script)).toMatchObject({ change: 'unchanged', results: 3 });
    // An older copy of the log must not undo what came later.
    expect(await importRun(store, half, 3)).toMatchObject({ change: 'unchanged', results: 3 });
  });

  it('counts each scenario by day, once, however often and in how many parts a run is imported', async () => {
    await using store = await openStore(place());
    const script: ScriptedRun = {
      results: [{ scenario: 'a', took: 1000 }, { scenario: 'b', outcome: 'failed' }, { scenario: 'c' }],
    };
    const half = fold(script, scriptedEvents(script).slice(0, 13));
    await importRun(store, half, 1);
    await add(store, script);
    await add(store, script);
    await importRun(store, fold({ ...script, run: 'other', at: '2026-11-17T08:00:00.000Z' }), 1);
    await importRun(
      store,
      foldLog(readEventLog('log', asNdjson(scriptedEvents({ ...script, run: 'secret' }))), 'test', {
        embargoed: true,
      }),
      1,
    );
    const counted = async (since: string, embargoed: boolean) =>
      (await scenarioTotals(store, Date.parse(since), embargoed)).map(one => [
        one.scenario,
        one.results,
        one.passed,
        one.unstable,
        one.mean,
      ]);
    expect(await counted('2026-11-16T12:00:00Z', false)).toEqual([
      ['a', 2, 2, 0, 1000],
      ['b', 2, 0, 2, 4000],
      ['c', 2, 2, 0, 4000],
    ]);
    expect((await counted('2026-11-16T12:00:00Z', true))[0]).toEqual(['a', 3, 3, 0, 1000]);
    expect((await counted('2026-11-17T00:00:00Z', true))[0]).toEqual(['a', 1, 1, 0, 1000]);
  });

  it('brings a store of the first schema up to date and counts what is in it', async () => {
    const where = place();
    {
      await using store = await openStore(where);
      await add(store, { results: [{ scenario: 'a' }, { scenario: 'b', outcome: 'flaky', attempts: 2 }] });
      await store.db.schema.dropTable('scenario_days').execute();
      await store.db.schema.dropTable('release_files').execute();
      await store.db.schema.alterTable('targets').dropColumn('machine_time').execute();
      await sql`delete from kysely_migration where name <> '0001-history'`.execute(store.db);
    }
    await using store = await openStore(where);
    expect(await scenarioTotals(store, 0, false)).toMatchObject([
      { scenario: 'a', results: 1, passed: 1, unstable: 0, mean: 4000 },
      { scenario: 'b', results: 1, passed: 0, unstable: 1, mean: 8000 },
    ]);
    expect((await historyReader(store).targets({}))[0]?.results).toHaveLength(2);
    // Three attempts, each with a machine for three steps of the log's clock.
    expect(await machineTimes(store, ['stable'], '4459.2.1')).toMatchObject([{ machine_time: 600 }]);
  });

  it('refuses other content under a known run id and keeps what it has', async () => {
    await using store = await openStore(place());
    await add(store, { results: [{ scenario: 'a' }] });
    await expect(add(store, { results: [{ scenario: 'a', outcome: 'failed' }] })).rejects.toThrow(
      /run runaaaaa is in the store with other content/,
    );
    const [target] = await historyReader(store).targets({});
    expect(target?.results[0]?.outcome).toBe('passed');
  });

  it('imports the others of a batch when one is refused', async () => {
    await using store = await openStore(place());
    await add(store, { run: 'b', results: [{ scenario: 'a' }] });
    const batch = ['c', 'b', 'a'].map(run => fold({ run, results: [{ scenario: 'x', outcome: 'failed' }] }));
    const done = await importRuns(store, batch, 1);
    expect(done.map(one => [one.run, one.change])).toEqual([
      ['c', 'added'],
      ['b', 'refused'],
      ['a', 'added'],
    ]);
    expect(await historyReader(store).targets({})).toHaveLength(3);
  });

  it('leaves nothing of an import that fails in the middle', async () => {
    await using store = await openStore(place());
    const whole = fold({ results: [{ scenario: 'a' }] });
    const [machine] = whole.machines;
    await expect(importRun(store, { ...whole, machines: [machine!, machine!] }, 1)).rejects.toThrow(
      /failed while run runaaaaa was imported/,
    );
    expect(await historyReader(store).targets({})).toEqual([]);
    expect(await importRun(store, whole, 1)).toMatchObject({ change: 'added' });
  });

  it('keeps characters that databases dislike', async () => {
    await using store = await openStore(place());
    await add(store, {
      results: [{ scenario: 'a', outcome: 'failed', message: 'nul \u0000 half \ud800 "q" \\ é' }],
    });
    const [target] = await historyReader(store).targets({});
    expect(target?.results[0]?.message).toBe('nul \ufffd half \ufffd "q" \\ é');
  });

  it('loses nothing when several processes create it and write at once', async () => {
    const where = place();
    await Promise.all([0, 1, 2].map(worker => spawnImporter(where, worker, 15)));
    await using store = await openStore(where);
    const targets = await historyReader(store).targets({});
    expect(targets).toHaveLength(3 * 15 + 1);
    expect(targets.flatMap(target => target.results)).toHaveLength(3 * 15 * 20 + 20);
  });
});

/** A process of its own: 15 runs under its name, and one run that all of them import. */
const spawnImporter = (where: string, worker: number, runs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, '../support/store-writer.ts');
    const child = spawn(process.execPath, [script, where, String(worker), String(runs)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', chunk => {
      text += String(chunk);
    });
    child.on('exit', code => (code === 0 ? resolve() : reject(new Error(text))));
  });

describe('a store that is not there', () => {
  it('reads as an empty one and is not created', async () => {
    const file = join(folder, 'absent.db');
    await using store = await openStore(file, { mode: 'read' });
    expect(await historyReader(store).targets({})).toEqual([]);
    const { existsSync } = await import('node:fs');
    expect(existsSync(file)).toBe(false);
  });

  it('says so when the server cannot be reached, without the password', async () => {
    const url = 'postgres://me:hunter2@127.0.0.1:1/db';
    const failure = await openStore(url).catch((error: Error) => error);
    expect(failure).toMatchObject({ kind: 'network', code: 'store-away' });
    expect(String(failure)).toContain('127.0.0.1:1');
    expect(String(failure)).not.toContain('hunter2');
  });

  it('names a file that is no database', async () => {
    const file = join(folder, 'text.db');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(file, 'this is not a database, though it is long enough to look at');
    await expect(openStore(file)).rejects.toThrow(/text\.db is not an SQLite database/);
  });
});

it('loses nothing and keeps nothing by halves when PostgreSQL goes away in mid-import', async () => {
  const own = startPostgres();
  try {
    const where = own.createDatabase();
    await using store = await openStore(where);
    await add(store, { run: 'first', results: [{ scenario: 'a' }] });
    const results = Array.from({ length: 500 }, (_, index) => ({ scenario: `scenario-${index}` }));
    const many = Array.from({ length: 40 }, (_, index) => fold({ run: `big${index}`, results }));
    {
      await using watcher = await openStore(where);
      const importing = importRuns(store, many, 1).catch((error: unknown) => error);
      await expect.poll(() => writing(watcher), { interval: 5, timeout: 30_000 }).toBeGreaterThan(0);
      own.crash();
      expect(await importing).toMatchObject({
        kind: 'network',
        message: expect.stringMatching(/went away while 40 runs were imported/),
        hint: 'nothing of this step was stored; do it again when the store is back',
      });
    }
    own.restart();
    expect((await historyReader(store).targets({})).map(target => target.run)).toEqual(['first']);
    const again = await importRuns(store, many, 1);
    expect(new Set(again.map(one => one.change))).toEqual(new Set(['added']));
    expect((await scenarioTotals(store, 0, true)).find(one => one.scenario === 'scenario-7')?.results).toBe(
      40,
    );
  } finally {
    own.stop();
  }
});

/** Connections that are inserting results now. */
const writing = async (watcher: Store): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*) from pg_stat_activity
    where state = 'active' and query like 'insert into "results"%'`.execute(watcher.db);
  return rows[0]?.count ?? 0;
};
