import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { type Downloaded, download } from '../../../../src/image/release/download.ts';
import { ReleaseServer } from '../../../support/release-server.ts';

const content = randomBytes(100_000);
const path = '/a/image.bin';
let folder: string;
let server: ReleaseServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kola-download-'));
  server = await ReleaseServer.start();
  server.files.set(path, content);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Waits of the real clock would only make tests slow. */
const clock = { ...systemClock, sleep: async () => {} };
const get = (options: object = {}): Promise<Downloaded | undefined> =>
  download({ url: server.url + path, headers: {} }, join(folder, 'image'), {
    clock,
    pieceBytes: 10_000,
    ...options,
  });
const got = (): Buffer => readFileSync(join(folder, 'image'));
const ranges = (): string[] =>
  server.asked.flatMap(({ range }) => (range === undefined || range === 'bytes=0-0' ? [] : [range]));

test('a file comes in parallel ranges and is whole', async () => {
  const seen: number[] = [];
  expect(await get({ onProgress: ({ done }: { done: number }) => seen.push(done) })).toEqual({
    bytes: 100_000,
    resumed: 0,
  });
  expect(got().equals(content)).toBe(true);
  expect(ranges().toSorted()).toHaveLength(10);
  expect(seen.at(-1)).toBe(100_000);
  expect(existsSync(join(folder, 'image.part'))).toBe(false);
  expect(existsSync(join(folder, 'image.part.json'))).toBe(false);
});

test('a server without ranges is read from beginning to end', async () => {
  server.ranges = false;
  expect(await get()).toEqual({ bytes: 100_000, resumed: 0 });
  expect(got().equals(content)).toBe(true);
});

test('broken connections and 503 cost only what had not come', async () => {
  server.faults.set(path, { cutAfter: 4000, times: 6 });
  await get({ connections: 1 });
  expect(got().equals(content)).toBe(true);
  expect(ranges()).toContain('bytes=4000-9999');
  server.faults.set(path, { status: 503, times: 2 });
  rmSync(join(folder, 'image'));
  await get();
  expect(got().equals(content)).toBe(true);
});

test('a download that was given up is resumed by the next one', async () => {
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done >= 30_000) stop.abort(new Error('enough'));
  };
  await expect(get({ connections: 1, signal: stop.signal, onProgress })).rejects.toThrow('enough');
  expect(existsSync(join(folder, 'image'))).toBe(false);
  const before = ranges().length;
  const again = await get({ connections: 1 });
  expect(again?.resumed).toBeGreaterThanOrEqual(30_000);
  expect(ranges().length - before).toBeLessThanOrEqual(7);
  expect(got().equals(content)).toBe(true);
});

test('what was replaced on the server is not patched together', async () => {
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done >= 50_000) stop.abort(new Error('enough'));
  };
  await expect(get({ signal: stop.signal, onProgress })).rejects.toThrow('enough');
  const other = randomBytes(100_000);
  server.files.set(path, other);
  expect((await get())?.resumed).toBe(0);
  expect(got().equals(other)).toBe(true);
});

test('what never works is an error that says so, and what is not there is undefined', async () => {
  server.faults.set(path, { status: 500, times: 1000 });
  await expect(get({ tries: 3 })).rejects.toMatchObject({
    kind: 'network',
    message: expect.stringContaining('500'),
  });
  server.files.delete(path);
  expect(await get()).toBeUndefined();
  server.auth = 'Bearer x';
  await expect(get()).rejects.toMatchObject({ kind: 'usage', code: 'release-denied' });
});

test('a server that falls silent is given up, and asked again', async () => {
  server.faults.set(path, { cutAfter: 10, hang: true, times: 1 });
  expect(await get({ connections: 1, stall: 100 })).toMatchObject({ bytes: 100_000 });
  expect(ranges()).toContain('bytes=10-9999');
  server.faults.set(path, { cutAfter: 0, hang: true, times: 1000 });
  await expect(get({ tries: 2, stall: 50 })).rejects.toMatchObject({ code: 'download-stalled' });
});
