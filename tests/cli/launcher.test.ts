import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifyProcess } from '../../src/core/process-identity.ts';
import { recipeDigest } from '../../src/image/reference/recipe.ts';
import { ended, kola, launcher, nodes, startKola } from './kola.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kola-launcher-'));
  // A build of the same image that never ends: the program waits for it until a signal comes.
  const lock = join(
    folder,
    'kola/images',
    `.reference-amd64-${(await recipeDigest('amd64')).slice(0, 12)}.lock`,
  );
  mkdirSync(lock, { recursive: true });
  writeFileSync(join(lock, 'owner'), JSON.stringify(identifyProcess(process.pid)));
});
afterAll(() => rmSync(folder, { recursive: true }));

const waitingBuild = (node: string): ChildProcess =>
  startKola(['image', 'build', 'reference', '--board=amd64-usr'], {
    node,
    input: '',
    env: { XDG_CACHE_HOME: folder },
  });

/** Resolves when the command has said something: from then on it listens for signals. */
const settled = (child: ChildProcess): Promise<unknown> => once(child.stderr!, 'data');

describe.each(nodes())('started by %s', node => {
  test('gives back exit codes', async () => {
    expect((await kola(['version'], { node })).code).toBe(0);
    expect((await kola(['bogus'], { node })).code).toBe(3);
  });

  test('passes standard input on', async () => {
    const { code } = await kola(['check-console'], { node, input: 'Kernel panic - not syncing: x\n' });
    expect(code).toBe(1);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops a command in order, exit code 5', async signal => {
    const child = waitingBuild(node);
    const [end] = [ended(child), await settled(child)];
    child.kill(signal);
    const { code, stderr } = await end;
    expect(stderr.match(/stopping after/g)).toHaveLength(1);
    expect(stderr).toContain(`interrupted by ${signal}`);
    expect(code).toBe(5);
  });

  test('a command that does not listen dies of the signal, and so does the launcher', async () => {
    const child = startKola(['check-console', '-v'], { node });
    const [end] = [ended(child), await settled(child)];
    child.kill('SIGTERM');
    expect(await end).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});

describe('a broken installation', () => {
  test('without dist: says what to run', async () => {
    const bin = join(folder, 'unbuilt/bin/kola.js');
    mkdirSync(dirname(bin), { recursive: true });
    copyFileSync(launcher, bin);
    writeFileSync(join(folder, 'unbuilt/package.json'), '{"type":"module"}');
    const { status, stderr } = run(bin);
    expect(stderr).toMatch(/^kola: .*main\.js is missing; run "npm run build" in .*unbuilt\n$/);
    expect(status).toBe(3);
  });
});

const run = (bin: string): { readonly status: number; readonly stderr: string } => {
  try {
    execFileSync(process.execPath, [bin], { stdio: 'pipe', encoding: 'utf8' });
    return { status: 0, stderr: '' };
  } catch (error) {
    if (error instanceof Error && 'status' in error && 'stderr' in error)
      return { status: Number(error.status), stderr: String(error.stderr) };
    throw error;
  }
};

test('the packed package works where it is installed', async () => {
  const packed = join(folder, 'packed');
  const home = join(packed, 'node_modules');
  mkdirSync(home, { recursive: true });
  const root = dirname(dirname(launcher));
  const [tarball = ''] = execFileSync(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
    .trim()
    .split('\n')
    .slice(-1);
  execFileSync('tar', ['-xzf', join(packed, tarball), '-C', home]);
  execFileSync('mv', [join(home, 'package'), join(home, 'kola')]);
  for (const name of execFileSync('ls', [join(root, 'node_modules')], { encoding: 'utf8' })
    .trim()
    .split('\n'))
    if (name !== 'kola') symlinkSync(join(root, 'node_modules', name), join(home, name));
  const files = execFileSync('tar', ['-tzf', join(packed, tarball)], { encoding: 'utf8' }).split('\n');
  expect(files).toEqual(
    expect.arrayContaining(
      [
        'bin/kola.js',
        'dist/scenarios.json',
        'guest/packages.txt',
        'guest/build/customize.sh',
        'policy/console-rules.yaml',
        'policy/matrix.yaml',
        'reports/schema/report.schema.json',
      ].map(name => `package/${name}`),
    ),
  );
  expect(files.filter(name => /^package\/(?:tests|node_modules|scenarios)\/|\.test\.js$/.test(name))).toEqual(
    [],
  );
  for (const node of nodes()) {
    const text = execFileSync(node, [join(home, 'kola/bin/kola.js'), 'list', '--image=reference', '--json'], {
      cwd: packed,
      encoding: 'utf8',
    });
    expect(text).toContain('"cl.basic"');
    const checked = spawnSync(node, [join(home, 'kola/bin/kola.js'), 'check-console'], {
      cwd: packed,
      input: 'Kernel panic - not syncing: x\n',
    });
    expect(checked.status).toBe(1);
  }
});
