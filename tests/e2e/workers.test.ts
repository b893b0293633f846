import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/event.ts';
import { poll } from '../../src/core/poll.ts';
import { openQueue } from '../../src/queue/database.ts';
import { parseQueueLocation } from '../../src/queue/location.ts';
import { type Ended, ended, startKola } from '../cli/kola.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { emulatorsOf, eventsOf, makePlace, runsIn } from './runs.ts';

/**
 * Two workers with a machine each and one queue. One is killed while its machine boots; the run must not notice more of it
 * than another attempt. The tests look at what it left.
 */
const place = makePlace();
const scenarios = ['cl.basic', 'coreos.ignition.sethostname', 'systemd.journal.user'];
const temporary = join(place.runDir, '..', 'temporary');
const processes = new Set<ChildProcess>();
let server: PostgresServer;
let url: string;
let run: Ended;
let events: readonly RunEvent[];
let others: readonly Ended[];

const stateOf = (worker: string): string => join(place.runDir, '..', 'states', worker);

const start = (args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess => {
  const child = startKola(args, { env: { ...place.env, ...env }, input: '' });
  processes.add(child);
  return child;
};

/** A worker of a host of its own, as far as one machine can have several. */
const startWorker = (name: string): { readonly child: ChildProcess; readonly end: Promise<Ended> } => {
  const folder = join(temporary, name);
  mkdirSync(folder, { recursive: true });
  const env = { TMPDIR: folder, XDG_STATE_HOME: stateOf(name) };
  const flags = [`--queue=${url}`, `--name=${name}`, '--capacity=1', '--lost-after=8', '--idle-end=2m'];
  const child = start(['worker', '--platform=qemu', ...flags], env);
  return { child, end: ended(child) };
};

beforeAll(async () => {
  server = startPostgres();
  url = server.createDatabase();
  const doomed = startWorker('doomed');
  const steady = startWorker('steady');
  const going = start(
    [
      'run',
      `--queue=${url}`,
      '--lost-after=8',
      '--platform=qemu',
      '--image=reference',
      '--no-share',
      `--output-dir=${place.runDir}`,
      ...scenarios,
    ],
    {},
  );
  const end = ended(going);
  await poll({ every: 100, until: 60_000, what: 'the worker to boot a machine' }, async () => {
    if (emulatorsOf(stateOf('doomed')).length > 0) return { done: undefined };
    if (going.exitCode !== null) throw new Error(`the run ended: ${JSON.stringify(await end)}`);
    return { pending: 'none' };
  });
  doomed.child.kill('SIGKILL');
  await doomed.end;
  // Of its flight, and of its jobs.
  expect(runsIn(stateOf('doomed'))).toHaveLength(2);
  // As a service or a container would be started again.
  const again = startWorker('doomed');
  run = await end;
  events = eventsOf(place.runDir);
  await poll({ every: 200, until: 60_000, what: 'the queue to be empty' }, async () => {
    const left = await leftInQueue();
    return left.length === 0 ? { done: undefined } : { pending: left.join(', ') };
  });
  steady.child.kill('SIGTERM');
  again.child.kill('SIGTERM');
  others = await Promise.all([steady.end, again.end]);
});
afterAll(() => {
  for (const child of processes) if (child.exitCode === null) child.kill('SIGKILL');
  server.stop();
  place[Symbol.dispose]();
});

/** Rows of work and of machines; workers that live have a row of their own. */
const leftInQueue = async (): Promise<readonly string[]> => {
  await using database = await openQueue(parseQueueLocation(url, 'KOLA_QUEUE'));
  const counts = await Promise.all(
    ['claim', 'lease', 'ledger', 'flight', 'message', 'file'].map(async table => {
      const rows = await database.query(`select 1 from kola_queue.${table}`);
      return rows.length === 0 ? [] : [`${rows.length} rows of ${table}`];
    }),
  );
  return counts.flat();
};

const said = (): string => `${run.stdout}\n${run.stderr}`;

describe('two workers with real machines, one of them killed', () => {
  it('lose no result: each scenario passes, and the run is green', () => {
    const outcomes = events.flatMap(event =>
      event.type === 'result.decided' ? [`${event.subject.scenario} ${event.outcome}`] : [],
    );
    expect(outcomes.toSorted(), said()).toEqual(scenarios.map(name => `${name} passed`).toSorted());
    expect(run.code, said()).toBe(0);
  });

  it('say which attempt was lost with its host, and that it was made again', () => {
    const lost = events.flatMap(event =>
      event.type === 'attempt.ended' && event.failure?.code === 'worker-lost' ? [event] : [],
    );
    expect(lost).toHaveLength(1);
    expect(lost[0]?.outcome).toBe('blocked');
    const again = events.filter(
      event => event.type === 'attempt.started' && event.retryOf === lost[0]?.attempt,
    );
    expect(again).toHaveLength(1);
  });

  it('bring the evidence of machines into the folder of the run', () => {
    const folder = join(place.runDir, 'qemu', 'amd64', 'cl.basic');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter(path => path.endsWith('console.txt')).length).toBeGreaterThan(0);
    expect(files.filter(path => path.endsWith('journal.txt')).length).toBeGreaterThan(0);
  });

  it('leave nothing: no emulator, no row of the queue, no ledger', async () => {
    for (const { code, stderr } of others) expect(code, stderr).toBe(0);
    expect(await leftInQueue()).toEqual([]);
    for (const name of ['steady', 'doomed']) {
      const said = others.map(({ stderr }) => stderr).join('\n');
      expect(runsIn(stateOf(name)), `${name}: ${said}`).toEqual([]);
      expect(emulatorsOf(stateOf(name))).toEqual([]);
      expect(readdirSync(join(temporary, name))).toEqual([]);
    }
    expect(runsIn(place.stateDir)).toEqual([]);
  });
});
