/**
 * How long `kola list` takes against a bare Node: `node tests/bench/cli-startup.ts`.
 * The contract: at most 0.4 s, and at most 8 times `node -e 0`. Needs a build.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const rounds = 15;
const launcher = fileURLToPath(new URL('../../bin/kola.js', import.meta.url));

const once = (args: readonly string[]): number => {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`);
  return performance.now() - start;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const cases = {
  'node -e 0': ['-e', '0'],
  'kola version': [launcher, 'version'],
  'kola list': [launcher, 'list'],
  'kola list --json --image=reference': [launcher, 'list', '--json', '--image=reference'],
};

const times = new Map<string, number[]>(Object.keys(cases).map(name => [name, []]));
// Interleaved, so that a busy moment of the machine hits all of them; the first round warms the caches.
for (let round = 0; round <= rounds; round++)
  for (const [name, args] of Object.entries(cases)) {
    const took = once(args);
    if (round > 0) times.get(name)?.push(took);
  }

const bare = median(times.get('node -e 0') ?? []);
for (const [name, values] of times) {
  const middle = median(values);
  process.stdout.write(
    `${name.padEnd(36)} ${middle.toFixed(0).padStart(5)} ms  ${(middle / bare).toFixed(1)} ×\n`,
  );
}
const list = median(times.get('kola list') ?? []);
process.exitCode = list <= 400 && list <= 8 * bare ? 0 : 1;
