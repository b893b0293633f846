import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { PollTimeout } from '../../../src/core/poll.ts';
import { RequestLog } from '../../../src/services/request-log.ts';

interface Entry {
  readonly path: string;
}

const newLog = (slowdown = 1, more: { patience?: number; onWaited?: (took: number) => void } = {}) =>
  new RequestLog<Entry>({ clock: systemClock, slowdown, ...more });

describe('RequestLog', () => {
  it('finds what has happened already', async () => {
    const log = newLog();
    log.add({ path: '/a' });
    log.add({ path: '/b' });
    const found = await log.wait('b', entry => entry.path === '/b');
    expect(found).toMatchObject({ path: '/b', seq: 2 });
  });

  it('wakes for what happens later, and only for what matches', async () => {
    const log = newLog();
    const waiting = log.wait('b', entry => entry.path === '/b');
    log.add({ path: '/a' });
    log.add({ path: '/b' });
    expect((await waiting).seq).toBe(2);
  });

  it('leaves out what came before the mark', async () => {
    const log = newLog();
    log.add({ path: '/a' });
    const waiting = log.wait('a', entry => entry.path === '/a', { after: log.mark() });
    log.add({ path: '/a' });
    expect((await waiting).seq).toBe(2);
  });

  it('says what it waited for and what it saw last', async () => {
    const log = newLog();
    log.add({ path: '/other' });
    const waiting = log.wait('a ping', () => false, { until: 5 });
    await expect(waiting).rejects.toThrow(PollTimeout);
    await expect(waiting).rejects.toThrow(/a ping; last seen: 1 requests, the last: path=\/other/);
  });

  it('says that nobody came at all', async () => {
    await expect(newLog().wait('a ping', () => true, { until: 5 })).rejects.toThrow(/no request at all/);
  });

  it('scales its patience under emulation', async () => {
    const log = newLog(100);
    const waiting = log.wait('a', () => true, { until: 5 });
    setTimeout(() => log.add({ path: '/late' }), 50);
    expect((await waiting).path).toBe('/late');
  });

  it('waits no longer than it may, whatever is asked for', async () => {
    const waiting = newLog(100, { patience: 5 }).wait('a', () => true, { until: 60_000 });
    await expect(waiting).rejects.toThrow(/waited 0 s for a/);
  });

  it('tells how long a wait took that came to its end, and of no other one', async () => {
    const waits: number[] = [];
    const log = newLog(1, { onWaited: took => waits.push(took) });
    await expect(log.wait('a', () => true, { until: 5 })).rejects.toThrow(PollTimeout);
    const waiting = log.wait('a', () => true);
    setTimeout(() => log.add({ path: '/a' }), 20);
    await waiting;
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(15);
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const waiting = newLog().wait('a', () => true, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('ends every wait when the service stops, and refuses new ones', async () => {
    const log = newLog();
    const waiting = log.wait('a', () => true);
    log.close();
    await expect(waiting).rejects.toThrow(/service was stopped/);
    await expect(log.wait('b', () => true)).rejects.toThrow(/service was stopped/);
  });

  it('hands an error of the condition to whoever waits, not to the client', async () => {
    const log = newLog();
    const waiting = log.wait('a', () => {
      throw new Error('bad condition');
    });
    expect(() => log.add({ path: '/a' })).not.toThrow();
    await expect(waiting).rejects.toThrow('bad condition');
  });

  it('forgets the oldest entries of a client gone wild', () => {
    const log = newLog();
    for (let i = 0; i < 10_050; i++) log.add({ path: String(i) });
    expect(log.entries).toHaveLength(10_000);
    expect(log.entries[0]).toMatchObject({ path: '50', seq: 51 });
  });
});
