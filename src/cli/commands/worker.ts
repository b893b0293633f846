import { availableParallelism, hostname } from 'node:os';
import { systemClock } from '../../core/clock.ts';
import { UsageError } from '../../core/errors.ts';
import { randomIds } from '../../core/ids.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { arches } from '../../core/target.ts';
import { choosePlatforms } from '../choose-platforms.ts';
import { durationOf } from '../cloud-account.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { knownScenarios } from '../known-scenarios.ts';
import { snapshotRoot, stateRoot } from '../kola-folders.ts';
import { platformOptions } from '../options/platform.ts';
import { paceFor, queueOf, queueOptions, quotasOf } from '../options/queue.ts';
import { releaseImageOptions } from '../options/release.ts';
import { runOptions } from '../options/run.ts';
import { scenarioOptions } from '../options/selection.ts';
import { boardsOf, sizeOf } from '../options/values.ts';
import { listenForStop } from '../stop.ts';

const run = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  const location = queueOf(settings);
  if (location === undefined)
    throw new UsageError('worker-queue', 'kola worker: expected --queue', {
      hint: 'such as --queue=postgres://kola@host/kola, or KOLA_QUEUE with a password in it',
    });
  const quotas = quotasOf(settings);
  const pace = paceFor(settings);
  const machines =
    settings.text('capacity') === 'auto' ? availableParallelism() : settings.integer('capacity', 1);
  const idleEnd = durationOf(settings, 'idle-end');
  const [known, found] = await Promise.all([discoverPlatforms(), knownScenarios(settings, terminal.cwd)]);
  const platforms = choosePlatforms(settings, known);
  const boards = boardsOf(settings, 'arch');
  using stop = listenForStop(terminal);
  const [
    { openQueue },
    { runWorker },
    { setQuotas },
    { remakeTarget },
    { realMachines },
    { sweepDeadRuns },
    { RunProbes },
  ] = await Promise.all([
    import('../../queue/database.ts'),
    import('../../queue/worker.ts'),
    import('../../queue/quota.ts'),
    import('../queue/target.ts'),
    import('../../run/real-machines.ts'),
    import('../../run/state.ts'),
    import('../../services/probe/probes.ts'),
  ]);
  await using database = await openQueue(location);
  await setQuotas(database.query, quotas);
  const host = hostname();
  // Its claims are lost with it: one that is started again is another one.
  const worker = `${settings.text('name') ?? host}-${randomIds.next()}`;
  const room = machines ?? availableParallelism();
  const limit = sizeOf(settings, 'snapshots-max') ?? 0;
  const log = (line: string): void => terminal.err(line);
  log(
    `Works as ${worker} on ${location.shown}: ${platforms.map(({ name }) => name).join(', ')}, ${room} machines`,
  );
  // What an earlier worker left that was killed on this host: processes, folders, keys.
  for (const { run, gone } of await sweepDeadRuns(stateRoot(terminal.env), platforms, {
    signal: stop.signal,
    log,
  }))
    log(`Removed what ${run} left, which was killed: its state and ${gone} resources`);
  const done = await runWorker({
    database,
    worker,
    host,
    platforms,
    arches: boards.length === 0 ? arches : boards,
    scenarios: found.map(({ scenario }) => scenario),
    ports: realMachines,
    probes: new RunProbes(),
    clock: systemClock,
    ids: randomIds,
    stateRoot: stateRoot(terminal.env),
    ...(limit === 0 ? {} : { snapshots: { folder: snapshotRoot(terminal.env), limit } }),
    machines: room,
    resolve: (place, signal) => remakeTarget(place, platforms, settings, terminal, signal),
    log,
    ...pace,
    ...(idleEnd === undefined ? {} : { idleEnd }),
    signal: stop.signal,
  });
  log(`Ended after ${done} jobs`);
  return exitCode.passed;
};

const ofRun = new Set(['snapshots-max']);
const ofScenarios = new Set(['scenario-dir', 'exttest']);

export const command: CommandModule = {
  configurable: true,
  after: [
    'Plays attempts of every kola run --queue on the same database until it is told to stop; what it has then goes back to the',
    'queue. Credentials of clouds are its own. A URL with a password belongs into KOLA_QUEUE, not onto the command line.',
    '',
    'Examples:',
    '  kola worker --queue=postgres://kola@db/kola --platform=qemu --capacity=8',
    '  kola worker --queue=postgres://kola@db/kola --platform=aws,azure --capacity=40 --quota=aws=24:96',
  ].join('\n'),
  options: async () => [
    ...queueOptions,
    {
      name: 'platform',
      short: 'p',
      value: 'name',
      list: true,
      fallback: 'qemu',
      description: 'what it runs on; a comma list takes several',
    },
    { name: 'arch', value: 'amd64|arm64', list: true, description: 'only machines of these architectures' },
    {
      name: 'capacity',
      value: 'n|auto',
      fallback: 'auto',
      description: 'machines at once; auto = cores of this host',
    },
    {
      name: 'name',
      value: 'name',
      description: 'what it is called in messages, before a random word; default: the host',
    },
    {
      name: 'idle-end',
      value: 'duration',
      description: 'end after so long without work: 90m, 6h; default: never',
    },
    ...runOptions.filter(({ name }) => ofRun.has(name)),
    ...scenarioOptions.filter(({ name }) => ofScenarios.has(name)),
    ...releaseImageOptions,
    ...platformOptions(await discoverPlatforms()),
  ],
  run,
};
