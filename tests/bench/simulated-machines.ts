import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { consoleRules } from '../../src/machine/console/rules.ts';
import { LogWatcher } from '../../src/machine/console/watcher.ts';
import type { MachinePorts } from '../../src/run/ports.ts';
import { executeRun } from '../../src/run/run.ts';
import { SimulatedPlatform, simulatedImage } from '../support/simulated-platform.ts';

/**
 * What the engine itself takes with many machines up at once, in real time: `npm run bench:machines --
 * [--machines 1000] [--seconds 30]`. Each machine boots for 5 s, is watched with the real log rules at 5 lines a
 * second, and runs a command a second. The contract for 1,000: 400 MB and one core.
 */
const { values } = parseArgs({
  options: { machines: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '30' } },
});
const [machines, seconds] = [Number(values.machines), Number(values.seconds)];
const linesEvery = 200;

const platform = new SimulatedPlatform(systemClock, { provision: 1000, boot: 5000 });
const rules = consoleRules();
let lines = 0;

/** The simulated machines, with a console that is watched. */
const watched = (ports: MachinePorts): MachinePorts => ({
  ...ports,
  open: async options => {
    const machine = await ports.open(options);
    const watcher = new LogWatcher(rules);
    const timer = setInterval(() => {
      lines++;
      const hits = watcher.feed(`[  ${lines}.000000] systemd[1]: Started a unit with the number ${lines}.\n`);
      for (const hit of hits) options.onHit(hit, 'console');
    }, linesEvery);
    return {
      ...machine,
      close: async () => {
        clearInterval(timer);
        await machine.close();
      },
    };
  },
});

let commands = 0;
const scenarios = Array.from({ length: machines }, (_, index) =>
  scenario({
    name: `bench.machine-${index}`,
    description: 'runs a command a second',
    run: async t => {
      for (let second = 0; second < seconds; second++) {
        await t.check(`answers-${second}`, () => t.machine.run('true'));
        commands++;
        await systemClock.sleep(1000, t.signal);
      }
    },
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'kola-bench-'));
const cpu = process.cpuUsage();
const from = performance.now();
try {
  const { verdict } = await executeRun({
    targets: [
      {
        platform: platform.definition(),
        arch: 'amd64',
        image: simulatedImage,
        channel: 'stable',
        options: {},
      },
    ],
    scenarios,
    selection: { patterns: [], tags: [], multiply: 1 },
    parallel: machines,
    retries: { infrastructure: 0, product: 0 },
    deadlines: { provision: 120_000, boot: 300_000, teardown: 60_000 },
    failFast: false,
    keep: false,
    share: false,
    seed: 1,
    outputDir: join(folder, 'run'),
    stateRoot: join(folder, 'state'),
    command: ['kola', 'run'],
    reporters: [],
    extraKeys: [],
    ports: watched(platform.ports()),
    probes: { reach: async need => ({ reachable: false, reason: `${need} is not simulated` }) },
    clock: systemClock,
    ids: { next: () => Math.random().toString(36).slice(2, 12) },
    signal: new AbortController().signal,
  });
  const took = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cores = (user + system) / 1e6 / took;
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `${verdict}\n${platform.most} machines at once, ${commands} commands and ${lines} console lines in ${took.toFixed(0)} s\n` +
      `${mebibytes.toFixed(0)} MiB at most, ${cores.toFixed(2)} cores\n`,
  );
  process.exitCode = platform.most >= machines && mebibytes <= 400 && cores <= 1 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
