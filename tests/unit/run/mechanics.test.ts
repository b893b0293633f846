import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { brandId, type RunId } from '../../../src/core/ids.ts';
import { identifyProcess, isAlive } from '../../../src/core/process-identity.ts';
import type { Capacity } from '../../../src/plan/pack.ts';
import { createAdmission } from '../../../src/run/admission.ts';
import { withDeadline } from '../../../src/run/deadline.ts';
import { openEventLog } from '../../../src/run/event-log.ts';
import { openLedgerFile, readLedger } from '../../../src/run/ledger-file.ts';
import { pointLatest, takeRunFolder } from '../../../src/run/run-folder.ts';
import { openRunState, sweepDeadRuns } from '../../../src/run/state.ts';
import { SimulatedPlatform } from '../../support/simulated-platform.ts';

const run = brandId<RunId>('r1');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-unit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

describe('admission', () => {
  const room = (machines: number): Capacity => ({ machines, memoryMiB: Number.POSITIVE_INFINITY, vcpus: 8 });
  const need = (machines: number) => ({ machines, memoryMiB: 1024 * machines, vcpus: machines });

  it('gives a cluster all of its machines at once and in turn', async () => {
    const admission = createAdmission(room(3), systemClock);
    const first = await admission.acquire(need(2), 100, never);
    const started: string[] = [];
    const cluster = admission.acquire(need(3), 100, never).then(held => {
      started.push('cluster');
      held.release();
    });
    const single = admission.acquire(need(1), 1e9, never).then(held => {
      started.push('single');
      held.release();
    });
    await systemClock.sleep(5);
    expect(started).toEqual([]);
    first.release();
    await Promise.all([cluster, single]);
    expect(started).toEqual(['cluster', 'single']);
    expect(admission.busy).toBe(0);
  });

  it('lets a request above the total run alone, and takes back once', async () => {
    const admission = createAdmission(room(2), systemClock);
    const all = await admission.acquire(need(9), 100, never);
    expect(admission.busy).toBe(2);
    all.release();
    all.release();
    expect(admission.busy).toBe(0);
  });

  it('forgets who stopped waiting, and serves the next', async () => {
    const admission = createAdmission(room(1), systemClock);
    const held = await admission.acquire(need(1), 100, never);
    const gone = new AbortController();
    const waiting = admission.acquire(need(1), 100, gone.signal);
    const next = admission.acquire(need(1), 100, never);
    gone.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    held.release();
    (await next).release();
    expect(admission.busy).toBe(0);
  });
});

describe('a deadline', () => {
  const options = { during: 'run', clock: systemClock, signal: never, what: 'the test to finish' } as const;

  it('settles although the work ignores it', async () => {
    const hangs = withDeadline({ ...options, ms: 20 }, () => new Promise(() => {}));
    await expect(hangs).rejects.toMatchObject({ code: 'deadline-run', kind: 'product' });
  });

  it('passes on the abort of the clock above it, with its reason', async () => {
    const above = new AbortController();
    const work = withDeadline({ ...options, ms: 60_000, signal: above.signal }, () => new Promise(() => {}));
    above.abort(new Error('the reason'));
    await expect(work).rejects.toThrow('the reason');
  });

  it('does not start work whose time is over', async () => {
    let started = false;
    const work = withDeadline(
      { ...options, ms: 10, signal: AbortSignal.abort(new Error('over')) },
      async () => {
        started = true;
      },
    );
    await expect(work).rejects.toThrow('over');
    expect(started).toBe(false);
  });
});

describe('the run folder', () => {
  it('is made, marked, and may be used again', () => {
    const dir = join(folder, 'a/b');
    takeRunFolder(dir, run);
    writeFileSync(join(dir, '.kola-run'), JSON.stringify({ run, pid: 999_999_999, startTime: '1' }));
    writeFileSync(join(dir, 'old.txt'), 'old');
    takeRunFolder(dir, run);
    expect(() => readFileSync(join(dir, 'old.txt'))).toThrow('ENOENT');
  });

  it('is refused when it is foreign, in use, or cannot be written', () => {
    writeFileSync(join(folder, 'thesis.tex'), 'mine');
    expect(() => takeRunFolder(folder, run)).toThrow('is not empty and not a run folder of kola');
    expect(readFileSync(join(folder, 'thesis.tex'), 'utf8')).toBe('mine');
    const dir = join(folder, 'mine');
    takeRunFolder(dir, run);
    expect(() => takeRunFolder(dir, run)).toThrow(`is being written by run r1 (process ${process.pid})`);
    expect(() => takeRunFolder(join(folder, 'thesis.tex', 'x'), run)).toThrow('cannot be made (ENOTDIR)');
  });

  it("is nobody else's while a run takes it, and says what to remove when that run died", () => {
    const dir = join(folder, 'taken');
    takeRunFolder(dir, run);
    const dead = { run: 'r0', pid: 999_999_999, startTime: '1' };
    writeFileSync(join(dir, '.kola-run'), JSON.stringify(dead));
    const lock = join(dir, '.kola-run.lock');
    writeFileSync(lock, JSON.stringify(dead));
    const refused = expect.objectContaining({
      code: 'output-in-use',
      hint: expect.stringContaining(`run r0 died there: remove ${lock}`),
    });
    expect(() => takeRunFolder(dir, run)).toThrow(refused);
    rmSync(lock);
    takeRunFolder(dir, run);
    expect(readdirSync(dir)).toEqual(['.kola-run']);
  });

  it('is pointed at by a link that follows the newest', () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name));
      pointLatest(join(folder, 'qemu-latest'), join(folder, name));
    }
    expect(readlinkSync(join(folder, 'qemu-latest'))).toBe('two');
  });
});

describe('the event log', () => {
  it('numbers events without gaps and leaves out a reporter that fails', () => {
    const seen: number[] = [];
    const log = openEventLog({
      run,
      clock: systemClock,
      folder,
      reporters: [
        {
          event: () => {
            throw new Error('reporter broke');
          },
        },
        { event: event => seen.push(event.seq) },
      ],
    });
    for (const text of ['a', 'b', 'c']) log.emit({ type: 'log', level: 'info', text });
    log.close();
    expect(seen).toEqual([1, 2, 3]);
    const lines = readFileSync(join(folder, 'events.ndjson'), 'utf8').trimEnd().split('\n');
    expect(lines.map(line => JSON.parse(line).text)).toEqual(['a', 'b', 'c']);
  });
});

describe('the ledger', () => {
  const path = () => join(folder, 'state/ledger.ndjson');

  it('has the intent on disk before anything is created, and the id after', async () => {
    const ledger = openLedgerFile(path(), run);
    const { entry } = await ledger.for('aws').own({ kind: 'instance', name: 'kola-x' }, async () => {
      expect([...readLedger(path(), run).values()]).toMatchObject([{ kind: 'instance', name: 'kola-x' }]);
      return { id: 'i-1', value: undefined, detail: { region: 'eu' } };
    });
    expect(ledger.open()).toMatchObject([{ id: 'i-1', detail: { region: 'eu' }, platform: 'aws' }]);
    await ledger.for('aws').release(entry);
    expect([...readLedger(path(), run).values()]).toEqual([]);
    ledger.close();
  });

  it('keeps the intent when the create call fails: the answer may have been lost', async () => {
    const ledger = openLedgerFile(path(), run);
    const own = ledger.for('aws').own({ kind: 'instance', name: 'kola-x' }, async () => {
      throw new Error('connection reset');
    });
    await expect(own).rejects.toThrow('connection reset');
    expect(ledger.open()).toHaveLength(1);
    expect(ledger.for('gce').open()).toHaveLength(0);
    ledger.close();
  });

  it('reads what a crash tore off', async () => {
    const ledger = openLedgerFile(path(), run);
    await ledger.for('qemu').own({ kind: 'process', name: 'a' }, async () => ({ id: '1', value: 0 }));
    ledger.close();
    writeFileSync(path(), `${readFileSync(path(), 'utf8')}{"step":"rel`);
    expect(readLedger(path(), run).size).toBe(1);
  });

  it('of a dead run is swept, and that of a live one left alone', async () => {
    const platform = new SimulatedPlatform(systemClock).definition('qemu');
    for (const name of ['dead', 'live']) {
      const state = openRunState(folder, brandId<RunId>(name), '/run', `${name}-flight`);
      const ledger = openLedgerFile(state.ledgerPath, brandId<RunId>(name));
      await ledger.for('qemu').own({ kind: 'process', name: 'a' }, async () => ({ id: '1', value: 0 }));
      ledger.close();
    }
    writeFileSync(
      join(folder, 'runs/dead-flight/owner.json'),
      JSON.stringify({ pid: 999_999_999, startTime: '1', run: 'dead', runDir: '/run' }),
    );
    const reports = await sweepDeadRuns(folder, [platform], { signal: never, log: () => {} });
    expect(reports).toEqual([{ run: 'dead', gone: 1, left: 0 }]);
    expect(readLedger(join(folder, 'runs/live-flight/ledger.ndjson'), run).size).toBe(1);
    expect(() => readFileSync(join(folder, 'runs/dead-flight/owner.json'))).toThrow('ENOENT');
  });
});

describe('a process', () => {
  it('is told from a later one with the same pid', () => {
    const self = identifyProcess(process.pid);
    expect(self && isAlive(self)).toBe(true);
    expect(isAlive({ pid: process.pid, startTime: '1' })).toBe(false);
    expect(identifyProcess(999_999_999)).toBeUndefined();
  });
});
