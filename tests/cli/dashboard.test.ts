import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, kola, startKola } from './kola.ts';
import { ReleaseWorld } from './release-world.ts';

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld(mkdtempSync(join(tmpdir(), 'kola-dashboard-')));
});
afterEach(() => rmSync(world.folder, { recursive: true }));

const flags = (): string[] => [`--store=${world.store}`, `--policy=${world.policy}`];

describe('kola dashboard export', () => {
  test('writes the site', async () => {
    await world.import({ run: 'good', results: [{ scenario: 'a' }, { scenario: 'b' }] });
    const { code, stdout } = await kola(['dashboard', 'export', 'public', ...flags()], { cwd: world.folder });
    expect(stdout).toMatch(/^Wrote \d+ pages to public\n$/);
    expect(code).toBe(0);
    const board = readFileSync(join(world.folder, 'public', 'index.html'), 'utf8');
    expect(board).toContain('release/stable/4459.2.1/index.html');
    expect(existsSync(join(world.folder, 'public/release/stable/4459.2.1/on/qemu/amd64.html'))).toBe(true);
  });
  test.each([
    [['export'], /expected one folder, found 0/],
    [['exprt', 'x'], /unknown action exprt/],
    [['export', '.'], /no export of the dashboard wrote/],
    [['--port=x'], /--port.*a whole number/],
    [['--identity-header=X-User', '--host=0.0.0.0'], /anybody who reaches 0\.0\.0\.0 could set X-User/],
    [['--tokens=none'], /token file .*none cannot be read/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await kola(['dashboard', ...args, ...flags()], { cwd: world.folder });
    expect(stderr).toMatch(message);
    expect(code).toBe(3);
  });
});

describe('kola dashboard', () => {
  test('serves until it is stopped, and makes no store', async () => {
    const child = startKola(['dashboard', '--port=0', ...flags()], { cwd: world.folder });
    const finished = ended(child);
    const { promise, resolve } = Promise.withResolvers<string>();
    createInterface({ input: child.stdout! }).once('line', resolve);
    const line = await promise;
    const url = /^Serving (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(line)?.[1];
    expect(url, line).toBeDefined();
    const page = await (await fetch(url!)).text();
    expect(page).toContain('The store has no release');
    child.kill('SIGTERM');
    expect((await finished).code).toBe(0);
    expect(existsSync(world.store)).toBe(false);
  });
  test.each([
    ['127.0.0.1', true],
    ['0.0.0.0', false],
  ])('on %s, embargoed results are shown: %s', async (host, shown) => {
    await world.import({ run: 'public', results: [{ scenario: 'a' }] });
    const secret = world.run({
      run: 'secret',
      target: { image: { version: '4459.2.2' } },
      results: [{ scenario: 'b' }],
    });
    await kola(['import', '--embargoed', `--store=${world.store}`, secret], { cwd: world.folder });
    const facts = {
      ...JSON.parse(readFileSync(join(world.folder, 'facts.json'), 'utf8')),
      version: '4459.2.3',
    };
    writeFileSync(join(world.folder, 'next.json'), JSON.stringify({ ...facts, embargoed: true }));
    await kola(['import', `--store=${world.store}`, 'release', 'next.json'], { cwd: world.folder });
    const child = startKola(['dashboard', '--port=0', `--host=${host}`, ...flags()], { cwd: world.folder });
    const finished = ended(child);
    const { promise, resolve } = Promise.withResolvers<string>();
    createInterface({ input: child.stdout! }).once('line', resolve);
    const url = (await promise).replace('Serving ', '').replace('0.0.0.0', '127.0.0.1');
    const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
    expect(await status('release/stable/4459.2.1/index.html')).toBe(200);
    for (const path of [
      'run/secret.html',
      'release/stable/4459.2.2/index.html',
      'release/stable/4459.2.3/index.html',
    ])
      expect(await status(path), path).toBe(shown ? 200 : 404);
    const pages = await Promise.all(
      ['', 'runs.html', 'scenarios.html'].map(async path => (await fetch(url + path)).text()),
    );
    expect(/secret|4459\.2\.[23]|scenario\/b\.html/.test(pages.join(''))).toBe(shown);
    child.kill('SIGTERM');
    expect((await finished).code).toBe(0);
  });
  test('follows a run folder into the store', async () => {
    const folder = world.run({ run: 'followed', results: [{ scenario: 'a' }] });
    writeFileSync(join(world.folder, 'kola.yaml'), `store: ${world.store}\npolicy: ${world.policy}\n`);
    const child = startKola(['dashboard', '--port=0', `--follow=${folder}`], { cwd: world.folder });
    const finished = ended(child);
    const { promise, resolve } = Promise.withResolvers<string>();
    createInterface({ input: child.stdout! }).once('line', resolve);
    const url = (await promise).replace('Serving ', '');
    await expect
      .poll(async () => (await fetch(`${url}run/followed.html`)).status, { timeout: 20_000 })
      .toBe(200);
    child.kill('SIGINT');
    expect((await finished).code).toBe(0);
  });
});
