import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kola } from './kola.ts';
import { ReleaseWorld } from './release-world.ts';

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld(mkdtempSync(join(tmpdir(), 'kola-merge-')));
});
afterEach(() => rmSync(world.folder, { recursive: true }));

const merging = (...args: string[]) => kola(['merge', ...args], { cwd: world.folder });

test('two shards become one run with all reports, importable and idempotent', async () => {
  const one = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  const two = world.run({ run: 'two', results: [{ scenario: 'b', outcome: 'failed', message: 'it broke' }] });
  const merged = await merging(one, two, '--output-dir=all');
  expect(merged).toMatchObject({ code: 1, stderr: '2 results of 2 runs\n' });
  expect(merged.stdout.split('\n')).toContain('all/junit.xml');
  const tap = readFileSync(join(world.folder, 'all/test.tap'), 'utf8');
  expect(tap).toMatch(/^ok - a$/m);
  expect(tap).toMatch(/^not ok - b$/m);
  const store = `--store=${world.store}`;
  expect((await kola(['import', store, 'all'], { cwd: world.folder })).stdout).toMatch(
    /^all: added run merged-[0-9a-f]{10}, 2 results\n/,
  );
  // The same merge again is the same run.
  await merging(one, two, '--output-dir=all');
  expect((await kola(['import', store, 'all'], { cwd: world.folder })).stdout).toMatch(/unchanged/);
});

test('evidence goes along, and failures point at it', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a', outcome: 'failed' }] });
  const log = join(world.folder, run, 'events.ndjson');
  const machine = 'qemu/amd64/a/1/m';
  const lines = readFileSync(log, 'utf8')
    .replaceAll(
      '"evidence":[]',
      `"evidence":[{"source":"console","text":"panic","path":"${machine}/console.txt","line":1}]`,
    )
    .replaceAll('"phase":"provisioning"', `"phase":"provisioning","detail":{"folder":"${machine}"}`);
  writeFileSync(log, lines);
  mkdirSync(join(world.folder, run, machine), { recursive: true });
  writeFileSync(join(world.folder, run, machine, 'console.txt'), 'panic\n');
  expect((await merging(run, '--output-dir=all')).code).toBe(1);
  const moved = `runs/one/${machine}/console.txt`;
  expect(readFileSync(join(world.folder, 'all', moved), 'utf8')).toBe('panic\n');
  const events = readFileSync(join(world.folder, 'all/events.ndjson'), 'utf8');
  expect(events.match(new RegExp(`"path":"${moved}"`, 'g'))).toHaveLength(2);
});

test('folders outside of the run are not taken along, whatever the log says', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  const log = join(world.folder, run, 'events.ndjson');
  const text = readFileSync(log, 'utf8');
  writeFileSync(log, text.replaceAll('"phase":"ready"', '"phase":"ready","detail":{"folder":"../policy"}'));
  expect((await merging(run, '--output-dir=all')).code).toBe(0);
  expect(existsSync(join(world.folder, 'all/runs'))).toBe(false);
  expect(readdirSync(join(world.folder, 'all'))).not.toContain('policy');
});

test('without --output-dir the folder is a new one, with a link to it', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  expect((await merging(run)).code).toBe(0);
  expect(existsSync(join(world.folder, '_kola_temp/merged-latest/index.html'))).toBe(true);
});

test('what cannot be merged is a usage error, and nothing is written', async () => {
  const one = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  const cut = world.run({ run: 'cut', results: [{ scenario: 'a' }] });
  writeFileSync(join(world.folder, cut, 'events.ndjson'), 'garbage\n');
  const cases: [string[], RegExp][] = [
    [[], /expected run folders, found nothing/],
    [['policy'], /policy is no run folder: there is no events\.ndjson/],
    [[cut], /cut\/events\.ndjson:1: expected an event/],
    [[one, `--output-dir=${one}`], /overlaps .*one, which is merged/],
    [[one, '--output-dir=.'], /overlaps/],
    [[one, '--output-dir=policy'], /policy is not empty and not a run folder of kola/],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await merging(...args);
    expect(stderr).toMatch(says);
    expect(code).toBe(3);
  }
  expect(existsSync(join(world.folder, one, 'events.ndjson'))).toBe(true);
  expect(existsSync(join(world.folder, '_kola_temp'))).toBe(false);
});
