import { describe, expect, it } from 'vitest';
import { foldLog } from '../../../src/store/import/fold.ts';
import { readEventLog } from '../../../src/store/import/read-log.ts';
import { mergeLogs } from '../../../src/store/merge.ts';
import { asNdjson, type ScriptedRun, scriptedEvents } from '../../support/event-log.ts';

const logOf = (script: ScriptedRun) => readEventLog('log', asNdjson(scriptedEvents(script)));
const merge = (...scripts: ScriptedRun[]) => {
  const events = mergeLogs(scripts.map(logOf), 'merged', ['kola', 'merge']);
  // What was merged is a log like any other, checked as one.
  const folded = foldLog(readEventLog('merged', asNdjson(events)), 'merged');
  const end = events.at(-1);
  return { folded, exitCode: end?.type === 'run.ended' ? end.exitCode : undefined };
};

describe('merged runs', () => {
  it('keep platforms apart and their attempts distinct', () => {
    const { folded, exitCode } = merge(
      { run: 'one', results: [{ scenario: 'a', outcome: 'failed', message: 'on qemu' }] },
      { run: 'two', target: { platform: 'aws' }, results: [{ scenario: 'a' }] },
    );
    expect(folded.targets.map(target => [target.platform, target.failed, target.passed])).toEqual([
      ['qemu', 1, 0],
      ['aws', 0, 1],
    ]);
    expect(folded.attempts.map(attempt => attempt.attempt)).toEqual(['one.a-1', 'two.a-1']);
    expect(folded.results.map(result => result.message)).toEqual(['on qemu', null]);
    expect(exitCode).toBe(1);
  });
  it('read a failure that another run passed as flaky', () => {
    const { folded, exitCode } = merge(
      { run: 'one', results: [{ scenario: 'a', outcome: 'failed' }] },
      { run: 'two', results: [{ scenario: 'a' }] },
    );
    expect(folded.results).toMatchObject([{ outcome: 'flaky', attempts: 2 }]);
    expect(exitCode).toBe(0);
  });
  it('show what one shard left out only when no other ran it', () => {
    const { folded } = merge(
      { run: 'one', results: [{ scenario: 'a' }], unselected: ['b', 'c'] },
      { run: 'two', results: [{ scenario: 'b' }], unselected: ['a', 'c'] },
    );
    expect(JSON.parse(folded.plans[0]!.unselected).map((one: { scenario: string }) => one.scenario)).toEqual([
      'c',
    ]);
  });
  it.each([
    [{ run: 'two', results: [], unfinished: ['b'], ended: false }, 5],
    [{ run: 'two', results: [{ scenario: 'b', outcome: 'failed', cause: 'capacity' }] }, 2],
    [{ run: 'two', results: [{ scenario: 'b' }] }, 0],
  ] satisfies [ScriptedRun, number][])('end with the exit code of what is decided (%#)', (other, code) => {
    expect(merge({ run: 'one', results: [{ scenario: 'a' }] }, other).exitCode).toBe(code);
  });
});
