import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunEvent, runEventSchema } from '../../src/core/event.ts';
import { type Scenario, scenario } from '../../src/core/scenario.ts';
import { openQueue, type QueueDatabase } from '../../src/queue/database.ts';
import { parseQueueLocation } from '../../src/queue/location.ts';
import { setQuotas } from '../../src/queue/quota.ts';
import { executeRun } from '../../src/run/run.ts';
import { sweepDeadRuns } from '../../src/run/state.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { filesOf, reportOf } from '../support/queue/comparable.ts';
import {
  inAccount,
  queueBehaviour,
  runQueued,
  runRequest,
  simulated,
  startWorker,
} from '../support/queue/world.ts';

let server: PostgresServer;
let folder: string;
beforeAll(() => {
  server = startPostgres();
});
afterAll(() => server.stop());
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (url: string): Promise<QueueDatabase> => openQueue(parseQueueLocation(url, 'KOLA_QUEUE'));
const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
const place = (): string => {
  folder = mkdtempSync(join(tmpdir(), 'kola-queue-'));
  return folder;
};
const eventsOf = (dir: string): readonly RunEvent[] =>
  readFileSync(join(dir, 'run', 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => runEventSchema.parse(JSON.parse(line)));

const resultsOf = (events: readonly RunEvent[]) =>
  events
    .flatMap(event =>
      event.type === 'result.decided'
        ? [[event.subject.scenario, event.outcome, event.reason, event.attempts.length]]
        : [],
    )
    .sort();

const proofsOf = (events: readonly RunEvent[]) =>
  events
    .flatMap(event =>
      event.type === 'proof.decided'
        ? [[event.subject.scenario, event.verdict, event.fault, event.attempts.length]]
        : [],
    )
    .sort();

const seeing = (name: string, answer: string) =>
  scenario({
    name,
    description: name,
    sabotage: {
      kind: 'guest',
      fault: 'the service is stopped',
      commands: ['stop'],
      fails: { check: 'service-up' },
    },
    run: async t => t.equal('service-up', await t.machine.run(answer), 'active'),
  });
const provable = [seeing('p.sees', 'is-active'), seeing('p.blind', 'say active')];

/** Machines with a service that can be stopped. */
const harmable = () => {
  const stopped = new Set<string>();
  return simulated({
    ...queueBehaviour,
    command: async (command, machine) => {
      if (command === 'stop') stopped.add(machine.id);
      if (command !== 'is-active') return { stdout: command.replace('say ', '') };
      return { stdout: stopped.has(machine.id) ? 'inactive' : 'active' };
    },
  });
};

describe('a run over a queue', () => {
  it('has the results, the evidence and the verdict of the same run in one process', async () => {
    const here = place();
    const alone = await executeRun(runRequest(simulated(), here));
    const [wanted, report, files] = [
      eventsOf(here),
      await reportOf(join(here, 'run')),
      filesOf(join(here, 'run')),
    ];
    rmSync(here, { recursive: true });

    const url = server.createDatabase();
    await using database = await open(url);
    await using one = await open(url);
    await using two = await open(url);
    const stop = new AbortController();
    const platforms = [simulated(), simulated()] as const;
    const workers = [
      startWorker(one, platforms[0], { worker: 'one', machines: 2, signal: stop.signal }),
      startWorker(two, platforms[1], { worker: 'two', machines: 2, signal: stop.signal }),
    ];
    const there = place();
    const spread = await runQueued(runRequest(simulated(), there), database);
    stop.abort();
    const done = await Promise.all(workers);

    expect({ ...spread, runDir: '' }).toEqual({ ...alone, runDir: '' });
    expect(resultsOf(eventsOf(there))).toEqual(resultsOf(wanted));
    expect(resultsOf(wanted).length).toBe(8);
    expect(await reportOf(join(there, 'run'))).toEqual(report);
    expect(filesOf(join(there, 'run'))).toEqual(files);
    expect(files.filter(path => path.endsWith('user-data.json')).length).toBeGreaterThan(6);
    expect(Math.min(...done)).toBeGreaterThan(0);
    for (const { up, most } of platforms) expect([up.size, most <= 2]).toEqual([0, true]);
    for (const table of ['claim', 'lease', 'ledger', 'flight', 'worker', 'message', 'file'])
      expect(await database.query(`select * from kola_queue.${table}`), table).toEqual([]);
  });

  it('proves scenarios as one process does: the machines that are harmed are those of workers, too', async () => {
    const request = { scenarios: provable, prove: { proven: new Map(), allowUndeclared: false } };
    const here = place();
    const alone = await executeRun(runRequest(harmable(), here, request));
    const [proofs, report] = [proofsOf(eventsOf(here)), await reportOf(join(here, 'run'))];
    rmSync(here, { recursive: true });
    expect(alone.exitCode).toBe(1);
    expect(proofs).toEqual([
      ['p.blind', 'still-passed', 'the service is stopped', 1],
      ['p.sees', 'proven', 'the service is stopped', 1],
    ]);

    const url = server.createDatabase();
    await using database = await open(url);
    const stop = new AbortController();
    const platform = harmable();
    const worker = startWorker(database, platform, {
      worker: 'one',
      scenarios: provable,
      signal: stop.signal,
    });
    const there = place();
    const own = harmable();
    const spread = await runQueued(runRequest(own, there, request), database);
    stop.abort();
    await worker;
    expect({ ...spread, runDir: '' }).toEqual({ ...alone, runDir: '' });
    expect(proofsOf(eventsOf(there))).toEqual(proofs);
    expect(await reportOf(join(there, 'run'))).toEqual(report);
    expect([own.made, platform.made, platform.up.size]).toEqual([0, 4, 0]);
  });

  it('marks an attempt that a worker refuses as one that was to fail', async () => {
    const [sees] = provable;
    const url = server.createDatabase();
    await using database = await open(url);
    const stop = new AbortController();
    // It knows the scenario without its fault, as an older version of kola may.
    const { sabotage: _, ...without } = sees ?? { sabotage: undefined };
    const worker = startWorker(database, harmable(), {
      worker: 'old',
      scenarios: [without as Scenario],
      signal: stop.signal,
    });
    const here = place();
    const more = { scenarios: provable.slice(0, 1), retries: { infrastructure: 0, product: 0 } };
    const prove = { proven: new Map(), allowUndeclared: false };
    await runQueued(runRequest(harmable(), here, { ...more, prove }), database);
    stop.abort();
    await worker;
    const events = eventsOf(here);
    expect(proofsOf(events)).toEqual([['p.sees', 'blocked', 'the service is stopped', 1]]);
    expect(resultsOf(events)).toEqual([['p.sees', 'passed', undefined, 1]]);
    const ended = events.filter(event => event.type === 'attempt.ended');
    expect(ended.map(({ outcome, sabotage }) => [outcome, sabotage !== undefined])).toEqual([
      ['passed', false],
      ['blocked', true],
    ]);
  });

  it('is made once, however many come first at the same moment', async () => {
    const url = server.createDatabase();
    place();
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const [first] = opened;
    expect(await first?.query('select * from kola_queue.worker')).toEqual([]);
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  it('loses nothing when a worker is killed: others do its attempts, and destroy what it left', async () => {
    const url = server.createDatabase();
    await using database = await open(url);
    await using other = await open(url);
    const here = place();
    const child = spawn(process.execPath, ['tests/support/queue/worker-process.ts'], {
      // What it leaves when it is killed goes with the rest.
      env: { ...process.env, KOLA_QUEUE: url, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const run = runQueued(runRequest(simulated(), here, { share: false }), database);
    const swept: string[] = [];
    const stop = new AbortController();
    try {
      await busy(child, 3);
    } finally {
      child.kill('SIGKILL');
    }
    const [stateRoot = ''] = filesIn(here).filter(name => /^kola-worker-[^/]*$/.test(name));
    expect(filesIn(join(here, stateRoot)).filter(name => name.endsWith('user-data.json'))).not.toEqual([]);
    expect(filesIn(here).filter(name => !/^(?:kola-worker-|run|state)/.test(name))).toEqual([]);
    const left = await database.query<{ name: string }>(
      `select resource->>'name' as name from kola_queue.ledger`,
    );
    const platform = simulated();
    const worker = startWorker(other, platform, {
      worker: 'other',
      platforms: [inAccount(platform, swept)],
      signal: stop.signal,
    });
    const summary = await run;
    await expect
      .poll(() => database.query('select * from kola_queue.ledger'), { timeout: 10_000 })
      .toEqual([]);
    await expect
      .poll(() => database.query(`select * from kola_queue.flight where worker = 'doomed'`), {
        timeout: 10_000,
      })
      .toEqual([]);
    stop.abort();
    await worker;
    const events = eventsOf(here);
    const outcomes = Object.fromEntries(resultsOf(events).map(([scenario, outcome]) => [scenario, outcome]));
    expect(outcomes).toEqual({
      'a.passes': 'passed',
      'b.fails': 'failed',
      'c.skips': 'skipped',
      'd.cluster': 'passed',
      'e.breaks': 'failed',
      'f.shares': 'passed',
      'g.shares': 'passed',
      'h.shares': 'failed',
    });
    expect(summary.exitCode).toBe(1);
    const lost = events.filter(
      event => event.type === 'attempt.ended' && event.failure?.code === 'worker-lost',
    );
    expect(lost.length).toBeGreaterThanOrEqual(3);
    const started = events.filter(event => event.type === 'attempt.started').length;
    expect(started).toBe(8 + lost.length);
    expect(left.length).toBeGreaterThanOrEqual(3);
    expect(swept.sort()).toEqual(left.map(({ name }) => name).sort());
    expect(await database.query('select * from kola_queue.lease')).toEqual([]);
    // As the next worker does that is started on the host.
    await sweepDeadRuns(join(here, stateRoot), [inAccount(platform)], { signal: stop.signal, log: () => {} });
    expect(filesIn(join(here, stateRoot))).toEqual(['runs']);
  });

  it('keeps several runs and workers within the quota of one account', async () => {
    const url = server.createDatabase();
    await using database = await open(url);
    await setQuotas(database.query, [
      { account: 'cloud', machines: 3, vcpus: 8 },
      { account: 'cloud/north', machines: 2 },
    ]);
    const stop = new AbortController();
    let up = 0;
    let most = 0;
    // What a scenario's machine does while it is up: the machines of both workers are counted together.
    const behaviour = {
      ...queueBehaviour,
      command: async (command: string) => {
        up += 1;
        most = Math.max(most, up);
        await new Promise(resolve => setTimeout(resolve, 30));
        up -= 1;
        return { stdout: command.replace('say ', '') };
      },
    };
    const workers = ['one', 'two'].map(worker =>
      startWorker(database, simulated(behaviour), { worker, machines: 8, signal: stop.signal }),
    );
    const held: number[] = [];
    const watch = setInterval(
      () =>
        void database
          .query<{ machines: number }>(
            'select coalesce(sum(machines), 0)::int as machines from kola_queue.lease',
          )
          .then(([row]) => held.push(row?.machines ?? 0))
          .catch(() => {}),
      10,
    );
    const here = place();
    const all = { share: false, parallel: 'auto' } as const;
    const runs = ['cloud/north', 'cloud/north', 'cloud/south'].map((account, index) => {
      const request = runRequest(simulated(), join(here, String(index)), all);
      return runQueued(request, database, account);
    });
    const summaries = await Promise.all(runs);
    clearInterval(watch);
    stop.abort();
    await Promise.all(workers);
    expect(summaries.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    expect(Math.max(...held)).toBe(3);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('says of a scenario that no quota allows why it is blocked', async () => {
    const url = server.createDatabase();
    await using database = await open(url);
    await setQuotas(database.query, [{ account: 'simulated', machines: 1 }]);
    const stop = new AbortController();
    const worker = startWorker(database, simulated(), { worker: 'one', signal: stop.signal });
    const here = place();
    const selection = { patterns: ['d.cluster'], tags: [], multiply: 1 };
    const summary = await runQueued(
      runRequest(simulated(), here, { selection, retries: { infrastructure: 0, product: 0 } }),
      database,
    );
    stop.abort();
    await worker;
    expect(summary.exitCode).toBe(2);
    expect(resultsOf(eventsOf(here))[0]?.slice(1, 3)).toEqual([
      'blocked',
      '2 machines with 4 vCPUs are more than the quota of simulated ever allows',
    ]);
  });

  it('gives back what a worker had when it is told to end, and drops what nobody waits for', async () => {
    const url = server.createDatabase();
    await using database = await open(url);
    const early = new AbortController();
    const hanging = simulated({
      ...queueBehaviour,
      command: () => new Promise<never>(() => {}),
    });
    const first = startWorker(database, hanging, { worker: 'first', signal: early.signal });
    const here = place();
    const selection = { patterns: ['a.passes'], tags: [], multiply: 1 };
    const run = runQueued(runRequest(simulated(), here, { selection }), database);
    await expect.poll(() => hanging.up.size, { timeout: 10_000 }).toBe(1);
    early.abort();
    await first;
    expect(hanging.up.size).toBe(0);
    const stop = new AbortController();
    const second = startWorker(database, simulated(), { worker: 'second', signal: stop.signal });
    expect((await run).exitCode).toBe(0);

    const halt = new AbortController();
    const waiting = runQueued(runRequest(simulated(), join(here, 'more'), { signal: halt.signal }), database);
    halt.abort();
    expect((await waiting).exitCode).toBe(5);
    stop.abort();
    await second;
    expect(await database.query(`select * from pgboss.job where state < 'completed'`)).toEqual([]);
  });
});

/** Waits until a worker has said so often that it is busy. */
const busy = async (child: ChildProcess, times: number): Promise<void> => {
  let seen = 0;
  while (seen < times) {
    const [chunk] = child.stdout === null ? [''] : await once(child.stdout, 'data');
    seen += String(chunk).split('busy').length - 1;
  }
};
