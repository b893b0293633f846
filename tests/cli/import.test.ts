import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../support/event-log.ts';
import { kola } from './kola.ts';
import { ReleaseWorld } from './release-world.ts';

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld(mkdtempSync(join(tmpdir(), 'kola-import-')));
});
afterEach(() => rmSync(world.folder, { recursive: true }));

const importing = (...args: string[]) =>
  kola(['import', `--store=${world.store}`, ...args], { cwd: world.folder });

test('what is there is not imported again', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a' }, { scenario: 'b' }] });
  expect(await importing(run)).toMatchObject({ code: 0, stdout: 'one: added run one, 2 results\n' });
  expect(await importing(run, `${run}/events.ndjson`)).toMatchObject({
    code: 0,
    stdout: 'one: unchanged run one, 2 results\none/events.ndjson: unchanged run one, 2 results\n',
  });
});

test('many runs are read by several threads and answered in their order', async () => {
  const runs = Array.from({ length: 12 }, (_, index) =>
    world.run({ run: `run-${index}`, results: [{ scenario: 'a' }] }),
  );
  writeFileSync(join(world.folder, 'run-7', 'events.ndjson'), '{"v":1}\n');
  const { code, stdout, stderr } = await importing(...runs);
  expect(stdout).toBe(
    runs
      .filter(run => run !== 'run-7')
      .map(run => `${run}: added run ${run}, 1 result\n`)
      .join(''),
  );
  expect(stderr).toMatch(/^kola: .*run-7\/events\.ndjson:1: event no type: /);
  expect(code).toBe(3);
});

test('a run that goes on is extended, and one that was changed is refused', async () => {
  const script = { run: 'one', results: [{ scenario: 'a' }], unfinished: ['b'] };
  const half = world.run({ ...script, ended: false });
  const log = join(world.folder, half, 'events.ndjson');
  appendFileSync(log, '{"v":1,"run":"one","seq');
  const first = await importing(half);
  expect(first).toMatchObject({
    code: 0,
    stdout: 'one: added run one, 1 result; the run has not come to its end\n',
  });
  expect(first.stderr).toMatch(/^warning: .*line \d+ was cut off while it was written/);

  const whole = readFileSync(log, 'utf8').replace(/\n[^\n]*$/, '\n');
  const lines = whole.split('\n').length;
  const end = { exitCode: 0, verdict: 'done', counts: {}, leaked: [], took: 1 };
  const envelope = { v: 1, run: 'one', seq: lines, time: new Date().toISOString(), type: 'run.ended' };
  writeFileSync(log, `${whole}${JSON.stringify({ ...envelope, ...end })}\n`);
  expect(await importing(half)).toMatchObject({ code: 0, stdout: 'one: extended run one, 1 result\n' });

  writeFileSync(log, readFileSync(log, 'utf8').replace('"verdict":"done"', '"verdict":"fine"'));
  const changed = await importing(half);
  expect(changed).toMatchObject({ code: 3, stdout: '' });
  expect(changed.stderr).toMatch(/^kola: run one is in the store with other content/);
});

test('a corrupt log is refused with its line; the others are imported', async () => {
  const bad = world.run({ run: 'bad', results: [{ scenario: 'a' }] });
  const log = join(world.folder, bad, 'events.ndjson');
  const lines = readFileSync(log, 'utf8').split('\n');
  writeFileSync(log, lines.with(2, 'garbage').join('\n'));
  const good = world.run({ run: 'good', results: [{ scenario: 'a' }] });
  const { code, stdout, stderr } = await importing(bad, good, 'absent');
  expect(stderr).toMatch(/bad\/events\.ndjson:3: expected an event as one line of JSON, found "garbage"/);
  expect(stderr).toMatch(/absent: no such file or folder/);
  expect(stdout).toBe('good: added run good, 1 result\n');
  expect(code).toBe(3);
  expect((await importing(good)).stdout).toMatch(/unchanged/);
});

test('reports of other tools need to be told what they do not say', async () => {
  writeFileSync(join(world.folder, 'test.tap'), '1..2\nok - cl.basic\nnot ok - cl.verity\n');
  const bare = await importing('test.tap', '--arch=amd64');
  expect(bare).toMatchObject({ code: 3, stdout: '' });
  expect(bare.stderr).toMatch(/does not say what it was run on\n.*add --platform, --channel, --version/);
  const hints = ['--platform=esx', '--arch=amd64', '--channel=stable', '--version=4459.2.1'];
  const told = await importing('test.tap', ...hints, `--digest=${digestOf('a')}`, '--synthetic');
  expect(told).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^test\.tap: added run tap-\w+, 2 results\n/),
  });
});

test("what a report is about is never taken from somebody's kola.yaml", async () => {
  writeFileSync(join(world.folder, 'test.tap'), '1..1\nok - cl.basic\n');
  writeFileSync(join(world.folder, 'kola.yaml'), 'platform: qemu\nboard: amd64-usr\nchannel: stable\n');
  const { code, stderr } = await kola(['import', '--store=x.db', 'test.tap', '--version=4459.2.1'], {
    cwd: world.folder,
    env: { KOLA_PLATFORM: 'qemu' },
  });
  expect(stderr).toMatch(/add --platform, --arch, --channel/);
  expect(code).toBe(3);
});

test('kola.yaml names the store, relative to itself', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  writeFileSync(join(world.folder, 'kola.yaml'), 'store: data.db\n');
  mkdirSync(join(world.folder, 'below'));
  const inside = await kola(['import', `../${run}`], { cwd: join(world.folder, 'below') });
  expect(inside.code).toBe(0);
  expect(existsSync(join(world.folder, 'data.db'))).toBe(true);
  // The environment wins over the file.
  const other = await kola(['import', run], { cwd: world.folder, env: { KOLA_STORE: 'other.db' } });
  expect(other.stdout).toMatch(/added/);
});

test('without a name the store is the one of the user, and only the user may read it', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  const { code } = await kola(['import', run], { cwd: world.folder, env: { XDG_DATA_HOME: world.folder } });
  expect(code).toBe(0);
  const { statSync } = await import('node:fs');
  expect(statSync(join(world.folder, 'kola/history.db')).mode & 0o077).toBe(0);
});

test.each([
  [['release', 'facts.json'], 'facts.json: imported release, 1 record\n'],
  [['adoption', 'adoption.yaml'], 'adoption.yaml: imported adoption, 1 record\n'],
  [['issues', 'issues.yaml'], 'issues.yaml: imported issues, 2 records\n'],
])('kola import %j', async (args, says) => {
  writeFileSync(
    join(world.folder, 'adoption.yaml'),
    '- { channel: beta, version: 4459.1.3, at: 2026-11-15T00:00:00Z, machines: 40 }\n',
  );
  const issue = (id: string): string =>
    `- { id: ${id}, url: 'https://example.org', title: t, state: open, kind: known }\n`;
  writeFileSync(join(world.folder, 'issues.yaml'), issue('F1') + issue('F2'));
  expect(await importing(...args)).toMatchObject({ code: 0, stdout: says, stderr: '' });
});

test.each([
  [[], /expected run folders or reports, found nothing/],
  [['release'], /kola import release: expected a file, found nothing/],
  [['issues', 'facts.json'], /facts\.json: expected a list of issues/],
  [['.', '--arch=riscv'], /--arch riscv: expected amd64 or arm64/],
  [['.', '--digest=abc'], /--digest abc: expected sha256: and 64 hexadecimal digits/],
  [['.', '--at=yesterday'], /--at yesterday: expected a time such as/],
  [['.', '--kind=coreos'], /--kind coreos: expected one of flatcar/],
  [['policy'], /policy: not a run folder/],
] satisfies [string[], RegExp][])('kola import %j exits 3', async (args, says) => {
  const { code, stdout, stderr } = await importing(...args);
  expect(stderr).toMatch(says);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
});

test('lists of packages and files are imported for a release, and nothing else is', async () => {
  const release = ['--channel=stable', '--version=4459.2.1', '--arch=amd64'];
  const list = (name: string, text: string): string => {
    writeFileSync(join(world.folder, name), text);
    return name;
  };
  const packages = list('packages.txt', 'app-admin/sudo-1.9.15_p5::portage-stable\nsys-apps/systemd-257.9\n');
  expect(await importing('packages', packages, ...release)).toMatchObject({
    code: 0,
    stdout: 'packages.txt: imported packages of stable 4459.2.1 amd64, 2 lines\n',
  });
  const foreign = await importing('contents', packages, ...release);
  expect(foreign.stderr).toMatch(/packages\.txt: no line of it is one of a list of contents\n.*-rwxr-xr-x/);
  expect(foreign.code).toBe(3);
  const unsaid = await importing('packages', packages, '--channel=stable');
  expect(unsaid.stderr).toMatch(/does not say what release it is of\n.*--channel, --version and --arch/);
  expect(unsaid.code).toBe(3);
});

test('a store that is none, and one that is away', async () => {
  const run = world.run({ run: 'one', results: [{ scenario: 'a' }] });
  const unknown = await kola(['import', run, '--store=redis://x'], { cwd: world.folder });
  expect(unknown).toMatchObject({ code: 3, stderr: expect.stringMatching(/stores of kind redis/) });
  const text = await kola(['import', run, '--store=facts.json'], { cwd: world.folder });
  expect(text.stderr).toMatch(/facts\.json is not an SQLite database/);
  const away = await kola(['import', run, '--store=postgres://kola:s3cret@127.0.0.1:1/x'], {
    cwd: world.folder,
  });
  expect(away).toMatchObject({ code: 2, stdout: '' });
  expect(away.stderr).toMatch(/postgres:\/\/127\.0\.0\.1:1\/x went away/);
  expect(away.stderr).not.toContain('s3cret');
});
