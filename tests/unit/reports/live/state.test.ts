import { describe, expect, it } from 'vitest';
import { wantsColour } from '../../../../reports/live/paint.ts';
import { activity, LiveState } from '../../../../reports/live/state.ts';
import { clip, displayWidth, fill } from '../../../../reports/live/width.ts';
import { EventLog, fixtureStart } from '../../../support/events.ts';

const passed = [{ outcome: 'passed' as const }];
const events = new EventLog(
  ['a', 'b', 'c', 'd'].map(name => ({ name, attempts: passed })),
  { slots: 2 },
).write();

/** The state when all events until `ms` after the start have come. */
const stateAt = (ms: number, expected?: ReadonlyMap<string, number>): LiveState => {
  const state = new LiveState(expected);
  for (const event of events) if (Date.parse(event.time) <= fixtureStart + ms) state.event(event);
  return state;
};

describe('LiveState', () => {
  it('counts what is done, what runs and what is open', () => {
    const state = stateAt(28_000);
    expect([state.done, state.total, state.running.size, state.open.size]).toEqual([2, 4, 2, 2]);
    expect(state.counts.passed).toBe(2);
  });

  it('says what an attempt is at', () => {
    const at = (ms: number): string[] => Array.from(stateAt(ms).running.values(), activity);
    expect(at(600)).toEqual(['creating', 'creating']);
    expect(at(2000)).toEqual(['booting', 'booting']);
    expect(at(22_000)).toEqual(['testing', 'testing']);
    expect(at(27_000)).toEqual(['cleaning up', 'cleaning up']);
  });

  it('tells the time left from known durations', () => {
    const expected = new Map([
      ['qemu/amd64/reference:a', 60_000],
      ['b', 20_000],
      ['c', 40_000],
      ['d', 40_000],
    ]);
    // After 500 ms nothing has passed yet of any: (60 + 20 + 40 + 40) s on two slots.
    expect(stateAt(500, expected).remaining(fixtureStart + 500)).toBe(80_000);
    // 10 s later a and b are 10 s further.
    expect(stateAt(10_500, expected).remaining(fixtureStart + 10_500)).toBe(70_000);
  });

  it('never promises less than the longest piece, nor less than nothing', () => {
    const expected = new Map([['a', 500_000], ...['b', 'c', 'd'].map(name => [name, 1000] as const)]);
    expect(stateAt(500, expected).remaining(fixtureStart + 500)).toBe(500_000);
    expect(stateAt(500, expected).remaining(fixtureStart + 900_500)).toBeGreaterThanOrEqual(0);
  });

  it('learns from what finished how this run compares with those before it', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const run = new EventLog(
      names.map(name => ({ name, attempts: passed })),
      { slots: 1 },
    ).write();
    const state = new LiveState(new Map(names.map(name => [name, 270_000])));
    let last = '';
    for (const event of run) {
      if (event.type === 'attempt.started' && event.subject.scenario === 'f') break;
      state.event(event);
      last = event.time;
    }
    // Five took 27 s each where 270 s were expected: a tenth of what the sixth was known to take.
    expect(state.remaining(Date.parse(last))).toBe(27_000);
  });

  it('learns durations from what finished, and is silent before', () => {
    expect(stateAt(500).remaining(fixtureStart + 500)).toBeUndefined();
    // Two took 27 s; the other two began at 27.5 s.
    expect(stateAt(37_500).remaining(fixtureStart + 37_500)).toBe(17_000);
  });
});

describe('width', () => {
  it('knows wide and combining characters', () => {
    expect([displayWidth('abc'), displayWidth('日本'), displayWidth('e\u0301'), displayWidth('💥')]).toEqual([
      3, 4, 1, 2,
    ]);
  });

  it('clips and fills to columns', () => {
    expect([clip('abcdef', 4), clip('abcd', 4), clip('日本語', 4), clip('abc', 0)]).toEqual([
      'abc…',
      'abcd',
      '日…',
      '',
    ]);
    expect([fill('ab', 4), fill('abcdef', 4)]).toEqual(['ab  ', 'abc…']);
  });
});

describe('wantsColour', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('%j on a terminal %s: %s', (env, terminal, wanted) => {
    expect(wantsColour(env, terminal)).toBe(wanted);
  });
});
