/**
 * What a queue costs: attempts on machines that take no time, in one process and by workers on a PostgreSQL of their own, and
 * how often the database is asked.
 *
 * npm run bench:queue -- [--attempts 400] [--workers 4] [--capacity 8]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenario } from '../../src/core/scenario.ts';
import { openQueue } from '../../src/queue/database.ts';
import { parseQueueLocation } from '../../src/queue/location.ts';
import { paceOf } from '../../src/queue/pace.ts';
import { executeRun } from '../../src/run/run.ts';
import { startPostgres } from '../support/postgres.ts';
import { runQueued, runRequest, simulated, startWorker } from '../support/queue/world.ts';

const { values } = parseArgs({
  options: {
    attempts: { type: 'string', default: '400' },
    workers: { type: 'string', default: '4' },
    capacity: { type: 'string', default: '8' },
  },
});
const attempts = Number(values.attempts);
const capacity = Number(values.capacity);
const workers = Array.from({ length: Number(values.workers) }, (_, index) => `worker-${index + 1}`);

/** Machines take no time: what is left is the queue's. */
const instant = { provision: 0, boot: 0, destroy: 0 };
const empty = scenario({
  name: 'bench.empty',
  description: 'nothing',
  run: async t => t.ok('runs', true, ''),
});
const folder = mkdtempSync(join(tmpdir(), 'kola-bench-queue-'));
const request = (name: string) =>
  runRequest(simulated(instant), join(folder, name), {
    scenarios: [empty],
    selection: { patterns: [], tags: [], multiply: attempts },
    parallel: workers.length * capacity,
    share: false,
  });

const timed = async (what: string, work: () => Promise<unknown>): Promise<number> => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const own = (used.user + used.system) / 1e6;
  process.stdout.write(
    `${what.padEnd(36)} ${seconds.toFixed(2).padStart(6)} s  ${(attempts / seconds).toFixed(0).padStart(5)} attempts/s  ${((1000 * own) / attempts).toFixed(1).padStart(5)} ms of CPU each\n`,
  );
  return seconds;
};

await timed(`in one process, ${workers.length * capacity} machines`, () => executeRun(request('here')));

const server = startPostgres();
try {
  const location = parseQueueLocation(server.createDatabase(), 'KOLA_QUEUE');
  await using database = await openQueue(location);
  const stop = new AbortController();
  const databases = await Promise.all(workers.map(() => openQueue(location)));
  const done = workers.map((worker, index) =>
    startWorker(databases[index] ?? database, simulated(instant), {
      worker,
      machines: capacity,
      scenarios: [empty],
      signal: stop.signal,
      ...paceOf(60_000),
    }),
  );
  const commits = async (): Promise<number> => {
    const [row] = await database.query<{ commits: string }>(
      'select xact_commit as commits from pg_stat_database where datname = current_database()',
    );
    return Number(row?.commits);
  };
  const before = await commits();
  await timed(`${workers.length} workers with ${capacity} machines each`, () =>
    runQueued(request('there'), database),
  );
  // Statistics reach the view within a second.
  await new Promise(resolve => setTimeout(resolve, 1500));
  process.stdout.write(`${((await commits()) - before) / attempts} transactions for each attempt\n`);
  stop.abort();
  await Promise.all(done);
  for (const one of databases) await one[Symbol.asyncDispose]();
} finally {
  server.stop();
  rmSync(folder, { recursive: true });
}
