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
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { poll } from '../../src/core/poll.ts';
import { ended, kola, startKola } from './kola.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-image-build-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const words = ['image', 'build', 'reference', '--board=amd64-usr'];
const world = () => ({
  input: '',
  env: { XDG_CACHE_HOME: join(folder, 'cache'), PATH: `${folder}/bin:/usr/bin:/bin` },
});
const images = (): readonly string[] => readdirSync(join(folder, 'cache/kola/images'));

/** The first tool of a build, as a script. */
const mmdebstrap = (script: string): void =>
  writeFileSync(join(folder, 'bin/mmdebstrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

/** Each start of the tool leaves its pid, and a child that would outlive it. */
const endless = 'sleep 600 & echo $$ $! >> "$(dirname "$0")"/started; wait';
const started = (): readonly number[] => {
  const file = join(folder, 'bin/started');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(/\s+/).map(Number) : [];
};
const alive = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
const until = (what: string, done: () => boolean): Promise<unknown> =>
  poll({ every: 20, until: 20_000, what, clock: systemClock }, async () =>
    done() ? { done: true } : { pending: 'not yet' },
  );

describe('kola image build reference, where it cannot work', () => {
  test.each([
    ['exit 1', /^kola: building the reference guest: mmdebstrap failed with status 1$/m],
    [
      'echo "E: unable to pick chroot mode automatically" >&2; exit 1',
      /: E: unable to pick chroot mode automatically\n +build as root, or allow user namespaces/,
    ],
    ['echo "tar: x: No space left on device"; exit 2', /No space left on device\n +free some space/],
  ])('%s: says why, and leaves nothing', async (script, says) => {
    mmdebstrap(script);
    const { code, stderr } = await kola(words, world());
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/unexpected|bug in kola|^\s+at /m);
    expect(code).toBe(2);
    expect(images()).toEqual([]);
  });

  test('without the tools: names the command that brings them', async () => {
    const { env, input } = world();
    const { code, stderr } = await kola(words, { input, env: { ...env, PATH: join(folder, 'bin') } });
    expect(stderr).toMatch(/mmdebstrap cannot be run .*\n +kola setup installs what a build needs/);
    expect(code).toBe(2);
    expect(images()).toEqual([]);
  });
});

test('of two builds one waits; interrupted, each ends its tools and leaves nothing', async () => {
  mmdebstrap(endless);
  const first = startKola(words, world());
  const firstEnd = ended(first);
  await until('the first build', () => started().length === 2);
  const second = startKola(words, world());
  const secondEnd = ended(second);
  let said = '';
  second.stderr?.on('data', chunk => {
    said += String(chunk);
  });
  await until('the wait of the second', () => said.includes('Waiting for process'));
  expect(started()).toHaveLength(2);
  first.kill('SIGINT');
  expect(await firstEnd).toMatchObject({ code: 5, stderr: expect.stringContaining('interrupted by SIGINT') });
  await until('the second build', () => started().length === 4);
  expect(started().map(alive)).toEqual([false, false, true, true]);
  second.kill('SIGTERM');
  expect(await secondEnd).toMatchObject({ code: 5 });
  await until('the end of the tools', () => !started().some(alive));
  expect(images()).toEqual([]);
}, 60_000);
