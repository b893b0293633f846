import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScriptedRun } from '../support/event-log.ts';
import { facts, policyText } from '../support/gate-input.ts';
import { kola, packageFolder } from './kola.ts';
import { ReleaseWorld } from './release-world.ts';

/** Only what the tests of one release say counts: the gate's own tests have the other rules. */
const lenient = policyText.replace(
  /^ {2}(nightlies|soak|adoption|lineage|coverage|imageSize|packages|sbom|provenance|payload|window|imageSignature): .*$/gm,
  '  $1: off',
);

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld(mkdtempSync(join(tmpdir(), 'kola-workflow-')));
  writeFileSync(world.policy, lenient);
  mkdirSync(join(world.folder, 'parts'));
});
afterEach(() => rmSync(world.folder, { recursive: true }));

/** A part of a release as a job of release.yml leaves it: the run folder in a folder with the artifact's name. */
const leavePart = (script: ScriptedRun): void => {
  const folder = join(world.folder, world.run(script));
  writeFileSync(join(folder, 'release-facts.json'), JSON.stringify(facts('4459.2.1')));
  renameSync(folder, join(world.folder, 'parts', `part_stable_${script.run}`));
};

const runScript = async (script: string, env: Readonly<Record<string, string>> = {}) => {
  const file = (name: string): string => join(world.folder, name);
  for (const name of ['output', 'summary.md']) writeFileSync(file(name), '');
  const child = spawn('bash', [join(packageFolder, '.github', script)], {
    cwd: world.folder,
    env: {
      PATH: process.env.PATH,
      HOME: world.folder,
      GITHUB_ACTIONS: 'true',
      KOLA_ACTION: packageFolder,
      GITHUB_OUTPUT: file('output'),
      GITHUB_STEP_SUMMARY: file('summary.md'),
      KOLA_POLICY: world.policy,
      KOLA_STORE: world.store,
      CHANNEL: 'stable',
      VERSION: '4459.2.1',
      PARTS: 'parts',
      FOLDER: 'merged',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const [code, stdout, stderr] = await Promise.all([promise, text(child.stdout), text(child.stderr)]);
  return {
    code,
    said: stdout + stderr,
    outputs: readFileSync(file('output'), 'utf8'),
    summary: readFileSync(file('summary.md'), 'utf8'),
  };
};

test('parts of a release become one folder, one history, one summary and GO', async () => {
  leavePart({ run: 'one', results: [{ scenario: 'a' }] });
  leavePart({ run: 'two', results: [{ scenario: 'b' }] });
  const { code, said, outputs, summary } = await runScript('verdict.sh');
  expect(said).toContain('The gate says GO on stable 4459.2.1');
  expect(code).toBe(0);
  expect(outputs).toMatch(/^gate=GO$/m);
  expect(outputs).toMatch(/^verdict=passed$/m);
  expect(outputs).toMatch(/^passed=2$/m);
  // The verdict first, then the tests.
  expect(summary).toMatch(/GO[\s\S]*2 results of 2 runs/);
  expect(said).not.toMatch(/^::(?:error|warning)/m);
  const again = await kola(['gate', ...world.gate], { cwd: world.folder });
  expect(again.code).toBe(0);
  expect(statSync(join(world.folder, 'merged/index.html')).size).toBeGreaterThan(0);
});

test('NO-GO has the last word, with one annotation for each cause and ten at most', async () => {
  const results = Array.from({ length: 40 }, (_, index) => ({
    scenario: `s${index}`,
    outcome: 'failed' as const,
    message: `cause ${String.fromCharCode(97 + (index % 20))} broke`,
  }));
  leavePart({ run: 'one', results });
  leavePart({ run: 'two', results: [{ scenario: 'b' }] });
  const { code, said, outputs, summary } = await runScript('verdict.sh');
  expect(code).toBe(7);
  expect(outputs).toMatch(/^gate=NO-GO$/m);
  expect(outputs).toMatch(/^verdict=failed$/m);
  expect(said.match(/^::(?:error|warning|notice)/gm)).toHaveLength(10);
  expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024);
});

test('a part that is missing keeps it undecided, and without a verdict the tests decide', async () => {
  leavePart({ run: 'one', results: [{ scenario: 'a' }], unfinished: ['b'], ended: false });
  expect(await runScript('verdict.sh')).toMatchObject({
    code: 8,
    outputs: expect.stringContaining('gate=UNDECIDED'),
  });
  rmSync(join(world.folder, 'parts'), { recursive: true });
  rmSync(join(world.folder, 'merged'), { recursive: true });
  mkdirSync(join(world.folder, 'parts'));
  leavePart({ run: 'new', results: [{ scenario: 'a', outcome: 'failed', message: 'it broke' }] });
  const { code, outputs } = await runScript('verdict.sh', { VERDICT: 'false' });
  expect(code).toBe(1);
  expect(outputs).not.toContain('gate=');
});

test('nothing to merge is no verdict', async () => {
  const { code, said } = await runScript('verdict.sh');
  expect(code).toBe(3);
  expect(said).not.toContain('The gate says');
});

test('parts that tested different bytes under one name do not belong together', async () => {
  leavePart({ run: 'one', results: [{ scenario: 'a' }] });
  leavePart({ run: 'two', results: [{ scenario: 'b' }] });
  const file = join(world.folder, 'parts/part_stable_two/release-facts.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('aaaa', 'bbbb'));
  const { code, said } = await runScript('verdict.sh');
  expect(code).toBe(3);
  expect(said).toMatch(/image\.bin has the digest sha256:aaaa/);
});

test('the plan of a release is the matrix of its workflow', async () => {
  const { code, outputs } = await runScript('plan.sh', { SHARDS: '2', KOLA_POLICY: '' });
  expect(code).toBe(0);
  const line = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(outputs)?.[1] ?? '';
  expect(line('version')).toBe('4459.2.1');
  const local = JSON.parse(line('local')) as { platform: string; arch: string; shard: string }[];
  expect(local.map(({ platform, arch, shard }) => `${platform} ${arch} ${shard}`)).toEqual([
    'qemu amd64 1/2',
    'qemu amd64 2/2',
    'qemu arm64 1/2',
    'qemu arm64 2/2',
  ]);
  const clouds = JSON.parse(line('clouds')) as { platform: string; parallel: number }[];
  expect(clouds.map(({ platform }) => platform)).toContain('aws');
  expect(clouds.every(({ parallel }) => parallel >= 1)).toBe(true);
});
