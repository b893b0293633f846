import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../support/event-log.ts';
import { type Ended, kola, packageFolder } from './kola.ts';
import { ReleaseWorld } from './release-world.ts';

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld(mkdtempSync(join(tmpdir(), 'kola-example-')));
});
afterEach(() => rmSync(world.folder, { recursive: true }));

const example = (...args: string[]): Promise<Pick<Ended, 'code' | 'stdout' | 'stderr'>> => {
  const { promise, resolve } = Promise.withResolvers<Pick<Ended, 'code' | 'stdout' | 'stderr'>>();
  const script = join(packageFolder, 'examples/release/main.ts');
  const child = execFile(process.execPath, [script, ...args], { cwd: world.folder }, (_, stdout, stderr) =>
    resolve({ code: child.exitCode, stdout, stderr }),
  );
  return promise;
};

const version = '0.1.0+0123456789ab';
const image = { name: 'reference', kind: 'reference', version, digest: digestOf('c') } as const;

test('a run of the guest and synthetic results of others make a verdict that can be replayed', async () => {
  const run = world.run({
    run: 'real',
    target: { channel: 'reference', image },
    results: [{ scenario: 'cl.basic' }, { scenario: 'cl.filesystem' }],
  });
  const { code, stdout, stderr } = await example(run, '--no-dashboard');
  expect(stderr).toBe('');
  expect(stdout).toContain(`reference ${version}: NO-GO\n`);
  expect(stdout).toMatch(
    /^note: results are synthetic, .*: aws\/amd64, aws\/arm64, azure\/amd64, vmware\/amd64$/m,
  );
  expect(stdout).toMatch(/^note: the reference guest was tested, which is not Flatcar: /m);
  expect(stdout).not.toMatch(/^Missing:/m);
  expect(stdout).toMatch(/^ {2}amd64 {2}NO-GO/m);
  expect(stdout).toMatch(/^ {2}arm64 {2}GO /m);
  expect(stdout).toMatch(/ {2}2 × imported: mount\.nfs: <addr>:\/tmp timed out after # s\n/);
  expect(stdout).toMatch(/vmware\/amd64:linux\.nfs\.v4 fails: /);
  expect(stdout).toMatch(/cl\.misc\.kdump fails as waiver aws-arm64-kdump says/);
  expect(stdout).not.toContain('Not counted:');
  expect(code).toBe(0);

  const work = join(world.folder, '_kola_temp/example-release');
  const flags = [`--decisions=${join(work, 'decisions')}`, '--channel=reference', `--version=${version}`];
  expect((await kola(['gate', 'replay', ...flags])).code).toBe(0);

  // What was made up for the example counts for nobody else, whatever its policy says.
  const facts = join(work, `facts-${version}.json`);
  expect(existsSync(facts)).toBe(true);
  writeFileSync(
    world.policy,
    readFileSync(join(packageFolder, 'examples/release/policy.yaml'), 'utf8').replace(
      'id: example',
      'id: other',
    ),
  );
  const other = await kola([
    'gate',
    `--store=${join(work, 'history.db')}`,
    `--policy=${world.policy}`,
    ...flags.slice(1),
  ]);
  expect(other.stdout).toMatch(/it was made for the policy example/);
  expect(other.code).toBe(8);
});

test('a run of something else is refused before anything is made', async () => {
  const run = world.run({ run: 'flatcar', results: [{ scenario: 'cl.basic' }] });
  const { code, stderr } = await example(run, '--no-dashboard');
  expect(stderr).toMatch(/expected a run of the reference guest on qemu/);
  expect(code).toBe(3);
  expect(existsSync(join(world.folder, '_kola_temp'))).toBe(false);
});
