import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import { randomIds } from '../../../src/core/ids.ts';
import type { PlatformDefinition } from '../../../src/core/platform.ts';
import { type ScenarioSpec, scenario } from '../../../src/core/scenario.ts';
import type { QueueDatabase } from '../../../src/queue/database.ts';
import { remoteHosts } from '../../../src/queue/remote.ts';
import { runWorker, type WorkerOptions } from '../../../src/queue/worker.ts';
import type { RunRequest, RunSummary } from '../../../src/run/request.ts';
import { executeRun } from '../../../src/run/run.ts';
import { type Behaviour, SimulatedPlatform, simulatedImage } from '../simulated-platform.ts';

const asking = (name: string, command: string, more: Partial<ScenarioSpec> = {}) =>
  scenario({
    name,
    description: name,
    run: async t => {
      t.equal('answer', await t.machine.run(command), 'good');
    },
    ...more,
  });

/** What the tests of the queue run, in every process. */
export const queueScenarios = [
  asking('a.passes', 'say good'),
  asking('b.fails', 'say bad'),
  asking('c.skips', 'say good', { run: async t => t.skip('not here') }),
  asking('d.cluster', 'say good', { machines: [{ role: 'one' }, { role: 'two' }] }),
  asking('e.breaks', 'break'),
  asking('f.shares', 'say good', { share: 'reads' }),
  asking('g.shares', 'say good', { share: 'reads' }),
  asking('h.shares', 'say bad', { share: 'reads' }),
];

/** Milliseconds of real time; `hang` is a command that never ends. */
export const queueBehaviour: Behaviour = {
  provision: 5,
  boot: 10,
  destroy: 1,
  command: async command => {
    if (command === 'break') throw new Error('the connection broke');
    return { stdout: command.replace('say ', '') };
  },
};

export const deadlines = { provision: 20_000, boot: 20_000, teardown: 10_000 };
/** Short ones: a worker is lost within a second or two. */
export const pace = { every: 20, beatEvery: 100, lostAfter: 1500 };

const noProbes = {
  reach: async (need: string) => ({ reachable: false as const, reason: `${need} is not simulated` }),
};

/** Simulated machines in an account, which can be swept from every host. */
export const inAccount = (platform: SimulatedPlatform, swept: string[] = []): PlatformDefinition => ({
  ...platform.definition(),
  account: async () => {
    throw new Error('nobody looks into it');
  },
  sweep: async resources => {
    swept.push(...resources.map(({ name }) => name));
    return resources.map(({ entry }) => entry);
  },
});

export const simulated = (behaviour: Behaviour = queueBehaviour): SimulatedPlatform =>
  new SimulatedPlatform(systemClock, behaviour);

export const startWorker = async (
  database: QueueDatabase,
  platform: SimulatedPlatform,
  more: Partial<WorkerOptions> & Pick<WorkerOptions, 'worker' | 'signal'>,
): Promise<number> => {
  const definition = more.platforms?.[0] ?? platform.definition();
  const stateRoot = mkdtempSync(join(tmpdir(), 'kola-worker-'));
  const options: WorkerOptions = {
    database,
    host: more.worker,
    platforms: [definition],
    arches: ['amd64', 'arm64'],
    scenarios: queueScenarios,
    ports: platform.ports(),
    probes: noProbes,
    clock: systemClock,
    ids: randomIds,
    stateRoot,
    machines: 4,
    resolve: async ({ arch }) => ({
      platform: definition,
      arch,
      image: simulatedImage,
      channel: 'stable',
      options: {},
    }),
    log: () => {},
    ...pace,
    ...more,
  };
  try {
    return await runWorker(options);
  } finally {
    rmSync(stateRoot, { recursive: true, force: true });
  }
};

export const runRequest = (
  platform: SimulatedPlatform,
  folder: string,
  more: Partial<RunRequest> = {},
): RunRequest => ({
  targets: [
    { platform: platform.definition(), arch: 'amd64', image: simulatedImage, channel: 'stable', options: {} },
  ],
  scenarios: queueScenarios,
  selection: { patterns: [], tags: [], multiply: 1 },
  parallel: 4,
  retries: { infrastructure: 1, product: 0 },
  deadlines,
  failFast: false,
  keep: false,
  seed: 1,
  outputDir: join(folder, 'run'),
  stateRoot: join(folder, 'state'),
  command: ['kola', 'run'],
  reporters: [],
  extraKeys: [],
  ports: platform.ports(),
  probes: noProbes,
  clock: systemClock,
  ids: randomIds,
  signal: new AbortController().signal,
  ...more,
});

/** Runs it by the workers on a queue. */
export const runQueued = (
  request: RunRequest,
  database: QueueDatabase,
  account = 'simulated',
): Promise<RunSummary> =>
  executeRun(
    request,
    remoteHosts({
      database,
      clock: systemClock,
      runDir: request.outputDir,
      keep: false,
      extraKeys: [],
      inputs: {},
      deadlines,
      describe: () => ({ target: {}, account }),
      every: pace.every,
      lostAfter: pace.lostAfter,
    }),
  );
