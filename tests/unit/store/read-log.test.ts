import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldLog } from '../../../src/store/import/fold.ts';
import { readEventLog } from '../../../src/store/import/read-log.ts';
import { asNdjson, scriptedEvents } from '../../support/event-log.ts';

const script = { results: [{ scenario: 'a' }, { scenario: 'b', outcome: 'failed' as const }] };
const whole = asNdjson(scriptedEvents(script));
const read = (text: string | Buffer) => readEventLog('run/events.ndjson', Buffer.from(text));

describe('a damaged log', () => {
  const lines = whole.toString().split('\n');
  const withLine = (index: number, text: string): string => lines.toSpliced(index, 1, text).join('\n');

  it.each([
    ['garbage', withLine(2, '{"v":1,"run'), /^run\/events\.ndjson:3: expected an event as one line of JSON/],
    ['a foreign object', withLine(2, '{"hello":1}'), /:3: this is no kola event/],
    [
      'another version',
      withLine(2, lines[2]!.replace('"v":1', '"v":2')),
      /:3: the event is of version 2; this kola reads version 1/,
    ],
    [
      'an unknown key',
      withLine(2, lines[2]!.replace('"v":1', '"v":1,"extra":1')),
      /:3: event attempt\.started: .*extra/,
    ],
    [
      'another run',
      withLine(2, lines[2]!.replace('runaaaaa', 'other')),
      /:3: an event of run other in the log of run runaaaaa/,
    ],
    ['a gap', lines.toSpliced(2, 1).join('\n'), /:3: expected event number 3, found 4/],
    ['a repeated line', withLine(2, lines[1]!), /:3: expected event number 3, found 2/],
    ['nothing', '', /no complete event in it/],
  ])('with %s is refused with file and line', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('a half-written log', () => {
  it('is read as far as it goes, wherever it was cut', () => {
    const ends = [...whole.keys()].filter(index => whole[index] === 10).map(index => index + 1);
    fc.assert(
      fc.property(fc.integer({ min: ends[0]!, max: whole.length }), cut => {
        const log = read(whole.subarray(0, cut));
        const complete = ends.filter(end => end <= cut).length;
        expect(log.events).toHaveLength(complete);
        expect(log.warnings.length).toBe(ends.includes(cut) ? 0 : 1);
        // What makes the later, longer import recognise its beginning.
        expect(log.contentHash()).toBe(read(whole).contentHash(complete));
      }),
    );
  });

  it('keeps what was planned and has no result', () => {
    const folded = foldLog(read(asNdjson(scriptedEvents(script).slice(0, 4))), 'x');
    expect(folded.targets[0]).toMatchObject({ planned: 2, decided: 0 });
    expect(folded.run.ended).toBe(0);
    expect(folded.attempts[0]).toMatchObject({ outcome: null, ended_at: null });
  });
});

it('takes a clock that goes backwards with a warning', () => {
  const events = scriptedEvents(script);
  events[5]!.time = '2020-01-01T00:00:00.000Z';
  const log = read(asNdjson(events));
  expect(log.warnings[0]).toMatch(/the clock went backwards 1 time/);
  expect(foldLog(log, 'x').run.last_event_at).toBe(Date.parse(events.at(-1)!.time));
});

it('does not count a resumed run as ended until it ends again', () => {
  const events = scriptedEvents(script);
  const again = { ...events[0]!, seq: events.length + 1 };
  expect(foldLog(read(asNdjson([...events, again])), 'x').run.ended).toBe(0);
});
