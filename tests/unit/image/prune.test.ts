import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { identifyProcess } from '../../../src/core/process-identity.ts';
import { isLeased, lease, withLock } from '../../../src/image/lock.ts';
import { pruneImages } from '../../../src/image/prune.ts';
import { scratch } from './disk-fixtures.ts';

const clock = systemClock;
const hour = 3_600_000;

/** Three images of 1 MiB: `old` 3, `middle` 2 and `new` 1 hour old. */
const filled = (): string => {
  const folder = scratch();
  for (const [hours, name] of [
    [1, 'new'],
    [2, 'middle'],
    [3, 'old'],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'disk.img'), Buffer.alloc(2 ** 20, 1));
    const then = new Date(Date.now() - hours * hour);
    utimesSync(join(folder, name), then, then);
  }
  return folder;
};
const left = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => !name.startsWith('.'))
    .sort();

test('what was used longest ago goes until the rest fits', async () => {
  const folder = filled();
  const dry = await pruneImages({ cacheDir: folder, clock, maxBytes: 1.5 * 2 ** 20, dryRun: true });
  expect(dry.removed.map(({ name }) => name)).toEqual(['old', 'middle']);
  expect(left(folder)).toEqual(['middle', 'new', 'old']);
  const { removed, bytes } = await pruneImages({ cacheDir: folder, clock, maxBytes: 1.5 * 2 ** 20 });
  expect(removed).toHaveLength(2);
  expect(bytes).toBeGreaterThanOrEqual(2 ** 20);
  expect(left(folder)).toEqual(['new']);
});

test('use counts, not age; what a living process uses stays', async () => {
  const folder = filled();
  await lease(folder, 'old');
  const first = await pruneImages({ cacheDir: folder, clock, maxBytes: 2.5 * 2 ** 20 });
  expect(first.removed.map(({ name }) => name)).toEqual(['middle']);
  const second = await pruneImages({ cacheDir: folder, clock, maxBytes: 0 });
  expect(second).toMatchObject({ removed: [{ name: 'new' }], inUse: [{ name: 'old' }] });
  expect(left(folder)).toEqual(['old']);
});

test('a lease ends with its process', async () => {
  const folder = filled();
  const child = spawn('sleep', ['60']);
  const identity = identifyProcess(child.pid!);
  await lease(folder, 'old');
  rmSync(join(folder, '.leases', 'old'), { recursive: true });
  mkdirSync(join(folder, '.leases', 'old'), { recursive: true });
  writeFileSync(join(folder, '.leases', 'old', String(child.pid)), JSON.stringify(identity));
  expect(await isLeased(folder, 'old')).toBe(true);
  child.kill('SIGKILL');
  await new Promise(resolve => child.once('exit', resolve));
  expect(await isLeased(folder, 'old')).toBe(false);
});

test('what was not used for long goes, whatever the size; drafts that nobody went on with, too', async () => {
  const folder = filled();
  const then = new Date(Date.now() - 100 * hour);
  for (const name of ['.download-x', '.download-y']) mkdirSync(join(folder, name));
  utimesSync(join(folder, '.download-x'), then, then);
  await pruneImages({ cacheDir: folder, clock, olderThan: 2.5 * hour, keep: new Set(['new']) });
  expect(left(folder)).toEqual(['middle', 'new']);
  expect(existsSync(join(folder, '.download-x'))).toBe(false);
  expect(existsSync(join(folder, '.download-y'))).toBe(true);
});

test('one at a time holds a lock; that of a dead process is taken over', async () => {
  const folder = scratch();
  const path = join(folder, 'lock');
  let inside = 0;
  let most = 0;
  const body = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await clock.sleep(5);
    inside -= 1;
  };
  const fast = { ...clock, sleep: () => systemClock.sleep(5) };
  await Promise.all([1, 2, 3, 4].map(() => withLock(path, { clock: fast }, body)));
  expect(most).toBe(1);
  mkdirSync(path);
  writeFileSync(join(path, 'owner'), JSON.stringify({ pid: process.pid, startTime: '1' }));
  await withLock(path, { clock: fast }, body);
  expect(existsSync(path)).toBe(false);
  mkdirSync(path);
  writeFileSync(join(path, 'owner'), JSON.stringify(identifyProcess(process.pid)));
  const waits: number[] = [];
  const stop = AbortSignal.timeout(50);
  await expect(
    withLock(path, { clock, signal: stop, onWait: owner => waits.push(owner) }, body),
  ).rejects.toThrow('timeout');
  expect(waits).toEqual([process.pid]);
});
