import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { poll } from '../../src/core/poll.ts';
import { ended, kola, startKola } from '../cli/kola.ts';
import { emulatorsOf, eventsOf, makePlace, type Place, runsIn } from './runs.ts';

const start = ({ runDir, env }: Place): ChildProcess =>
  startKola(
    [
      'run',
      '--platform=qemu',
      '--image=reference',
      `--output-dir=${runDir}`,
      `--tapfile=${runDir}.tap`,
      'cl.basic',
      'coreos.ignition.once',
    ],
    { env, input: '' },
  );

const untilBooting = ({ runDir }: Place): Promise<void> =>
  poll({ every: 200, until: 120_000, what: 'a machine to be powered on' }, async () =>
    eventsOf(runDir).some(event => event.type === 'machine.phase' && event.phase === 'booting')
      ? { done: undefined }
      : { pending: 'none' },
  );

const untilGone = (runDir: string): Promise<void> =>
  poll({ every: 100, until: 20_000, what: 'the emulators to go' }, async () => {
    const left = emulatorsOf(runDir);
    return left.length === 0 ? { done: undefined } : { pending: left.join(' ') };
  });

describe('an interrupted run', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in good order after %s: exit 5 within 30 s, all reports, nothing left',
    async signal => {
      using place = makePlace();
      const run = start(place);
      const end = ended(run);
      await untilBooting(place);
      expect(emulatorsOf(place.runDir).length).toBeGreaterThan(0);
      const sent = performance.now();
      run.kill(signal);
      const { code } = await end;
      expect(code).toBe(5);
      expect(performance.now() - sent).toBeLessThan(30_000);
      expect(emulatorsOf(place.runDir)).toEqual([]);
      expect(runsIn(place.stateDir)).toEqual([]);
      const outcomes = eventsOf(place.runDir).flatMap(event =>
        event.type === 'result.decided' ? [event.outcome] : [],
      );
      expect(outcomes).toHaveLength(2);
      expect(outcomes.filter(outcome => outcome === 'passed')).toEqual([]);
      const tap = readFileSync(`${place.runDir}.tap`, 'utf8').split('\n');
      expect(tap).toContain('1..2');
      expect(tap.filter(line => line.startsWith('not ok '))).toHaveLength(2);
    },
  );

  it('killed outright, it takes its machines along; what it left is swept by the next run', async () => {
    using place = makePlace();
    const run = start(place);
    const end = ended(run);
    await untilBooting(place);
    run.kill('SIGKILL');
    await end;
    await untilGone(place.runDir);
    expect(runsIn(place.stateDir)).toHaveLength(1);
    const again = await kola(
      [
        'run',
        '--platform=qemu',
        '--image=reference',
        `--output-dir=${place.runDir}-2`,
        'no.such.*',
        'cl.verity',
        '--tag=smoke',
      ],
      { env: place.env },
    );
    expect(again.code).toBe(4);
    expect(runsIn(place.stateDir)).toEqual([]);
    const { runDir, env } = place;
    const report = await kola(['report', runDir, '--format=tap'], { env });
    expect(report.code).toBe(0);
    expect(readFileSync(join(runDir, 'test.tap'), 'utf8')).toContain('not ok - cl.basic');
  });
});
