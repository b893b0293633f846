import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kola, packageFolder } from './kola.ts';

/** A checkout of its own that shares all code with this one. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-new-'));
  mkdirSync(join(folder, 'scenarios/network'), { recursive: true });
  mkdirSync(join(folder, 'tests'));
  for (const name of ['src', 'tests/support', 'node_modules', 'package.json', 'biome.json'])
    symlinkSync(join(packageFolder, name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

const bin = (name: string): string => join(packageFolder, 'node_modules/.bin', name);
const paths = ['scenarios/network/my.network.thing.ts', 'tests/unit/scenarios/my.network.thing.test.ts'];

test('kola new scenario makes two files that pass lint, types and their own test', async () => {
  const { code, stdout, stderr } = await kola(['new', 'scenario', 'my.network.thing'], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/^made (.*)$/gm)).toEqual(paths.map(path => `made ${path}`));
  expect(stdout).toContain('npx kola prove --image=reference my.network.thing');
  const run = (program: string, ...args: string[]) =>
    execFileSync(bin(program), args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  run('biome', 'check', '--vcs-enabled=false', ...paths);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(packageFolder, 'tsconfig.json'),
      compilerOptions: { incremental: false, rootDir: '/' },
      include: [],
      files: paths,
    }),
  );
  run('tsc', '-p', '.');
  expect(run('vitest', 'run', '--root', folder, paths[1] ?? '')).toMatch(/3 passed/);
});

test.each([
  [['new', 'scenario', 'my.network.thing'], /is there already/],
  [['new', 'scenario', 'Thing'], /expected a name such as/],
  [['new', 'scenario', 'my.thing'], /no word of my\.thing is an area/],
  [['new', 'scenario', 'my.thing', '--area=A/B'], /--area A\/B: expected a folder name/],
  [['new', 'platform', 'x'], /expected "kola new scenario NAME"/],
])('kola %j is refused', async (args, message) => {
  const { code, stderr } = await kola(args, { cwd: folder });
  expect(stderr).toMatch(message);
  expect(code).toBe(3);
});

test('a new area is made on request', async () => {
  const { code, stdout } = await kola(['new', 'scenario', 'my.thing', '--area=power'], { cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toContain('made scenarios/power/my.thing.ts');
});
