import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunEvent } from '../../src/core/event.ts';
import { imageCacheDir } from '../../src/image/cache.ts';
import { kola } from '../cli/kola.ts';
import { eventsOf } from '../e2e/runs.ts';
import { timelinePicture } from './timeline-picture.ts';

/**
 * The suite, or what of it matches the patterns, each way that machines can be come by, one after the other:
 * `npm run bench:suite -- [--modes cold,all] [--parallel 2] [--seed 1] [--pictures DIR] [--image reference]
 * [PATTERN…]`. Prints a table, and the scenarios whose outcomes differ from the first mode's. Needs a build.
 *
 * cold: every machine boots. clones: machines that start alike are cloned within the run. kept: the same once more,
 * with what the run before kept. shared: every machine boots, scenarios share. all: the first run on a fresh host,
 * again: the second, which keeps what it meets for the second time, settled: the third.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    modes: { type: 'string', default: 'cold,clones,kept,shared,all,again,settled' },
    parallel: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    image: { type: 'string', default: 'reference' },
    pictures: { type: 'string' },
  },
});

const flagsOf: Readonly<Record<string, readonly string[]>> = {
  cold: ['--cold', '--no-share'],
  clones: ['--no-share'],
  kept: ['--no-share'],
  shared: ['--cold'],
  all: [],
  again: [],
  settled: [],
};
/** Modes that start from what the one before them kept. */
const continuing = new Set(['kept', 'again', 'settled']);

interface Measured {
  readonly mode: string;
  readonly events: readonly RunEvent[];
  /** Minutes. */
  readonly wall: number;
  readonly machine: number;
  readonly booted: number;
  readonly cloned: number;
  readonly outcomes: ReadonlyMap<string, string>;
}

const minute = 60_000;

/** From the first word about a machine to the last, templates included. */
const machineMinutes = (events: readonly RunEvent[]): number => {
  const lives = new Map<string, { from: number; to: number }>();
  for (const event of events) {
    if (event.type !== 'machine.phase') continue;
    const at = Date.parse(event.time);
    const life = lives.get(event.machine);
    if (life === undefined) lives.set(event.machine, { from: at, to: at });
    else life.to = at;
  }
  return [...lives.values()].reduce((sum, { from, to }) => sum + to - from, 0) / minute;
};

const measure = (mode: string, events: readonly RunEvent[]): Measured => {
  const created = events.flatMap(event =>
    event.type === 'machine.phase' && event.phase === 'provisioning' ? [event.detail?.template] : [],
  );
  const ended = events.find(event => event.type === 'run.ended');
  return {
    mode,
    events,
    wall: (ended?.took ?? Number.NaN) / minute,
    machine: machineMinutes(events),
    booted: created.filter(template => template === undefined).length,
    cloned: created.filter(template => template !== undefined).length,
    outcomes: new Map(
      events.flatMap(event =>
        event.type === 'result.decided' ? [[event.subject.scenario, event.outcome] as const] : [],
      ),
    ),
  };
};

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'kola-bench-'));

/** A cache with the images of this host, and no snapshots. */
const freshCache = (name: string): string => {
  const cache = join(folder, `cache-${name}`);
  mkdirSync(join(cache, 'kola'), { recursive: true });
  symlinkSync(imageCacheDir(), join(cache, 'kola', 'images'));
  return cache;
};

const results: Measured[] = [];
try {
  let cache = freshCache('first');
  for (const mode of values.modes.split(',')) {
    const flags = flagsOf[mode];
    if (flags === undefined)
      throw new Error(`expected one of ${Object.keys(flagsOf).join(', ')}, found ${mode}`);
    if (!continuing.has(mode)) cache = freshCache(mode);
    const runDir = join(folder, mode);
    const common = ['run', '--platform=qemu', `--image=${values.image}`, `--output-dir=${runDir}`];
    const order = [`--parallel=${values.parallel}`, `--seed=${values.seed}`, '--retries=0'];
    await kola([...common, ...order, ...flags, ...positionals], {
      env: { XDG_CACHE_HOME: cache, XDG_STATE_HOME: join(folder, 'state') },
    });
    const result = measure(mode, eventsOf(runDir));
    results.push(result);
    say(`${mode}: ${result.wall.toFixed(1)} min`);
    if (values.pictures === undefined) continue;
    mkdirSync(values.pictures, { recursive: true });
    writeFileSync(join(values.pictures, `timeline-${mode}.svg`), timelinePicture(result.events));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const [first] = results;
say('| mode | wall, min | machines, min | saved | booted | cloned | passed |\n|---|--:|--:|--:|--:|--:|--:|');
for (const { mode, wall, machine, booted, cloned, outcomes } of results) {
  const saved = 1 - machine / (first?.machine ?? machine);
  const passed = [...outcomes.values()].filter(outcome => outcome === 'passed').length;
  say(
    `| ${mode} | ${wall.toFixed(1)} | ${machine.toFixed(1)} | ${Math.round(saved * 100)} % | ${booted} | ${cloned} | ${passed} of ${outcomes.size} |`,
  );
}
let differing = 0;
for (const { mode, outcomes } of results)
  for (const [scenario, outcome] of first?.outcomes ?? [])
    if (outcomes.get(scenario) !== outcome) {
      differing++;
      say(`${scenario}: ${outcome} in ${first?.mode}, ${outcomes.get(scenario) ?? 'missing'} in ${mode}`);
    }
process.exitCode = differing === 0 ? 0 : 1;
