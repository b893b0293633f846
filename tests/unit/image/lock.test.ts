import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { withLock } from '../../../src/image/lock.ts';
import { scratch } from './disk-fixtures.ts';

const fast = { ...systemClock, sleep: () => systemClock.sleep(5) };

/** What is in the lock; undefined = there is none. */
const inside = (path: string): readonly string[] | undefined => {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
};

test('a lock is never there without its owner', async () => {
  const path = join(scratch(), 'lock');
  const seen = new Set<string | undefined>();
  for (let round = 0; round < 20; round++) {
    let held = false;
    const hold = async (): Promise<void> => {
      held = true;
    };
    const locked = withLock(path, { clock: fast }, hold).finally(hold);
    while (!held) {
      seen.add(inside(path)?.join());
      await setImmediate();
    }
    await locked;
  }
  expect([...seen].filter(names => names !== undefined && names !== 'owner')).toEqual([]);
});

test('who comes at the same moment is told who was faster', async () => {
  const path = join(scratch(), 'lock');
  const waits: number[] = [];
  const body = () => vi.waitUntil(() => waits.length > 0, { timeout: 10_000 });
  const locked = () => withLock(path, { clock: fast, onWait: owner => waits.push(owner) }, body);
  await Promise.all([locked(), locked()]);
  expect(waits).toEqual([process.pid]);
});

test('it leaves nothing behind, also when what it is held for fails', async () => {
  const folder = scratch();
  const path = join(folder, 'lock');
  await expect(withLock(path, { clock: fast }, () => Promise.reject(new Error('no space')))).rejects.toThrow(
    'no space',
  );
  const held = await withLock(path, { clock: fast }, async () => readdirSync(folder));
  expect([held, readdirSync(folder)]).toEqual([['lock'], []]);
});

test('an owner that cannot be read is waited for, but not for ever', async () => {
  const folder = scratch();
  const path = join(folder, 'lock');
  mkdirSync(path);
  writeFileSync(join(path, 'owner'), '');
  const waits: number[] = [];
  const called = new Error('called off');
  const stop = new AbortController();
  const onWait = (owner: number): void => {
    waits.push(owner);
    stop.abort(called);
  };
  const early = withLock(path, { clock: systemClock, signal: stop.signal, onWait }, async () => 'ours');
  await expect(early).rejects.toBe(called);
  expect(waits).toEqual([0]);
  const then = new Date(Date.now() - 60_000);
  utimesSync(path, then, then);
  expect(await withLock(path, { clock: fast }, async () => 'ours')).toBe('ours');
  expect(readdirSync(folder)).toEqual([]);
});
