import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { command as workerCommand } from '../../src/cli/commands/worker.ts';
import { remakeTarget } from '../../src/cli/queue/target.ts';
import { scenario } from '../../src/core/scenario.ts';
import { openQueue } from '../../src/queue/database.ts';
import { parseQueueLocation } from '../../src/queue/location.ts';
import { paceOf } from '../../src/queue/pace.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { filesOf, reportOf } from '../support/queue/comparable.ts';
import { startWorker } from '../support/queue/world.ts';
import { checked, matrixText, packedDisk, ReleaseLab, results, simulate } from '../support/release/lab.ts';
import { makeSigningKeys, type SigningKeys } from '../support/signing-keys.ts';

let postgres: PostgresServer;
let keys: SigningKeys;
let lab: ReleaseLab;
beforeAll(async () => {
  postgres = startPostgres();
  keys = await makeSigningKeys();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  lab = await ReleaseLab.open(keys);
});
afterEach(() => lab[Symbol.asyncDispose]());

const updateMatrix = `${matrixText}
update:
  platforms: [qemu]
  from: [{ release: previous, scenarios: [cl.update.payload] }]
`;
const scenarios = [
  checked('cl.basic', ['smoke']),
  checked('cl.internet'),
  checked('cl.broken', [], false),
  scenario({
    name: 'cl.update.payload',
    description: 'the payload of the candidate is at hand',
    run: async t => t.equal('payload', readFileSync(t.updatePayload ?? '/nothing', 'utf8'), 'new'),
  }),
];

it('kola release --queue: folder, report and verdict are those of one process', async () => {
  writeFileSync(lab.file('matrix.yaml'), updateMatrix);
  const more = { 'flatcar_test_update.gz': Buffer.from('new') };
  await lab.publish('4459.2.1', { newest: false, more });
  await lab.publish('4459.2.0', { disk: packedDisk('OLD') });
  const version = '4459.2.1';
  const alone = await lab.run({ version }, scenarios);
  const out = lab.file('out');
  const [report, files] = [await reportOf(out), filesOf(out)];
  expect(results(alone.events)).toContain('qemu[from-4459.2.0] cl.update.payload passed');
  for (const name of ['out', 'out-parts', 'history.db'])
    rmSync(lab.file(name), { recursive: true, force: true });

  const url = postgres.createDatabase();
  await using database = await openQueue(parseQueueLocation(url, 'KOLA_QUEUE'));
  const stop = new AbortController();
  const hosts = simulate();
  const own = await lab.settings(workerCommand, { 'release-servers': lab.file('servers.yaml') });
  const workers = (['qemu', 'aws'] as const).map((name, index) =>
    startWorker(database, hosts[name], {
      worker: name,
      platforms: hosts.platforms.slice(index, index + 1),
      scenarios,
      resolve: (place, signal) => remakeTarget(place, hosts.platforms, own, lab.terminal, signal),
      signal: stop.signal,
      // As long as the run has it.
      lostAfter: paceOf(60_000).lostAfter,
    }),
  );
  const spread = await lab.run({ version, queue: url, quota: 'aws=2' }, scenarios);
  stop.abort();
  const done = await Promise.all(workers);

  expect(spread.code).toBe(alone.code);
  expect(alone.code).toBe(7);
  expect(results(spread.events)).toEqual(results(alone.events));
  expect(await reportOf(out)).toEqual(report);
  expect(filesOf(out)).toEqual(files);
  expect(Math.min(...done)).toBeGreaterThan(0);
  // Machines were those of the workers, of the types that the matrix says.
  expect([spread.qemu.made, spread.aws.made]).toEqual([0, 0]);
  expect(new Set(hosts.types)).toEqual(new Set(['t3.small', 'm4.2xlarge']));
  expect(await database.query('select account, machines from kola_queue.quota')).toEqual([
    { account: 'aws', machines: 2 },
  ]);
  for (const table of ['claim', 'lease', 'ledger', 'flight', 'worker', 'message', 'file'])
    expect(await database.query(`select * from kola_queue.${table}`), table).toEqual([]);
}, 60_000);
