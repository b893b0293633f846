import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { RunEvent } from '../../src/core/event.ts';
import { imageCacheDir } from '../../src/image/cache.ts';
import { kola } from '../cli/kola.ts';
import { eventsOf } from '../e2e/runs.ts';
import { median } from './median.ts';

/**
 * How long a machine takes until SSH lets us in and until it is ready: booted, cloned within a run, and cloned from what
 * an earlier run kept, one machine at a time: `npm run bench:clones -- [--image reference] [--machines 3] [--rounds 2]`.
 * The contract: a clone is logged into within 15 % of a boot's time. Needs a build.
 */
const { values } = parseArgs({
  options: {
    image: { type: 'string', default: 'reference' },
    machines: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
  },
});

interface Start {
  /** Seconds since the machine was asked for. */
  readonly created: number;
  readonly login: number;
  readonly ready: number;
}

/** The starts of machines that are no templates. */
const startsOf = (events: readonly RunEvent[]): readonly Start[] => {
  const phases = events.flatMap(event => (event.type === 'machine.phase' ? [event] : []));
  const wanted = phases.filter(({ phase, role }) => phase === 'provisioning' && !role.endsWith('-template'));
  return wanted.map(({ machine, time }) => {
    const after = (phase: string): number => {
      const found = phases.find(event => event.machine === machine && event.phase === phase);
      return (Date.parse(found?.time ?? '') - Date.parse(time)) / 1000;
    };
    return { created: after('booting'), login: after('connected'), ready: after('ready') };
  });
};

const folder = mkdtempSync(join(tmpdir(), 'kola-bench-'));
const cache = join(folder, 'cache');
mkdirSync(join(cache, 'kola'), { recursive: true });
symlinkSync(imageCacheDir(), join(cache, 'kola', 'images'));

const run = async (name: string, flags: readonly string[]): Promise<readonly Start[]> => {
  const runDir = join(folder, name);
  const scenarios = fileURLToPath(new URL('scenarios', import.meta.url));
  const what = ['run', '--platform=qemu', `--image=${values.image}`, `--scenario-dir=${scenarios}`];
  const how = ['--parallel=1', '--no-share', '--retries=0', `--multiply=${values.machines}`];
  const { code, stderr } = await kola(
    [...what, ...how, ...flags, `--output-dir=${runDir}`, 'bench.nothing'],
    {
      env: { XDG_CACHE_HOME: cache, XDG_STATE_HOME: join(folder, 'state') },
    },
  );
  if (code !== 0) throw new Error(`kola exited ${code}: ${stderr}`);
  return startsOf(eventsOf(runDir));
};

const cases = {
  booted: ['--cold'],
  'cloned within a run': ['--snapshots-max=0'],
  'cloned from an earlier run': [],
} as const;
const starts = new Map<string, Start[]>(Object.keys(cases).map(name => [name, []]));
try {
  // What the last case starts from.
  await run('first', []);
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, flags] of Object.entries(cases))
      starts.get(name)?.push(...(await run(`${name}-${round}`.replaceAll(' ', '-'), flags)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const middle = (name: string, what: keyof Start): number =>
  median((starts.get(name) ?? []).map(start => start[what]));
process.stdout.write('| | created, s | SSH, s | ready, s | SSH against a boot |\n|---|--:|--:|--:|--:|\n');
for (const name of starts.keys()) {
  const share = (100 * middle(name, 'login')) / middle('booted', 'login');
  const numbers = (['created', 'login', 'ready'] as const).map(what => middle(name, what).toFixed(1));
  process.stdout.write(`| ${name} | ${numbers.join(' | ')} | ${share.toFixed(0)} % |\n`);
}
const kept = middle('cloned from an earlier run', 'login');
process.exitCode = kept <= 0.15 * middle('booted', 'login') ? 0 : 1;
