import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { goQuote } from '../../../reports/go-quote.ts';
import { renderTap } from '../../../reports/tap.ts';
import { anyText } from '../../support/any-text.ts';
import {
  copiesRun,
  hostileRun,
  interruptedRun,
  mixedRun,
  passedRun,
  twoTargetRun,
} from '../../support/runs.ts';

const runs = {
  passed: passedRun,
  mixed: mixedRun,
  interrupted: interruptedRun,
  'two-targets': twoTargetRun,
  copies: copiesRun,
  hostile: hostileRun,
};

describe('renderTap', () => {
  it.each(Object.entries(runs))('writes a %s run', async (name, make) => {
    await expect(renderTap(foldRun(make()))).toMatchFileSnapshot(`golden/${name}.tap`);
  });

  it('says first that the image is not Flatcar', () => {
    expect(renderTap(foldRun(passedRun()))).toMatch(/^# This is the reference guest and not Flatcar/);
  });

  it('has as many test lines as it plans, wherever the log stops', () => {
    const events = mixedRun();
    fc.assert(
      fc.property(fc.integer({ min: 2, max: events.length }), length => {
        const lines = renderTap(foldRun(events.slice(0, length))).split('\n');
        const tests = lines.filter(line => /^(not )?ok /.test(line));
        expect(lines).toContain(`1..${tests.length}`);
        expect(tests).toHaveLength(8);
      }),
    );
  });

  it('never counts a hostile text as a test line or a directive', () => {
    const lines = renderTap(foldRun(hostileRun())).split('\n');
    expect(lines.filter(line => /^(not )?ok/.test(line))).toEqual([
      'not ok - cl.hostile',
      'ok - cl.skip # SKIP',
      'ok - cl.flaky',
    ]);
    for (const line of lines)
      expect(line).toMatch(/^(#|1\.\.\d+$|(not )?ok - | {2}---$| {2}Error: "| {2}\.\.\.$|$)/);
  });
});

/** What Go's strconv.Unquote makes of it. */
const unquote = (quoted: string): string =>
  quoted
    .slice(1, -1)
    .replace(/\\(?:x(..)|u(.{4})|U(.{8})|(.))/g, (_all, x, u, long, short: string | undefined) => {
      const code: string | undefined = x ?? u ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return (
        { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }[short ?? ''] ?? short ?? ''
      );
    });

describe('goQuote', () => {
  it.each([
    ['plain text', '"plain text"'],
    ['a "b" \\ c', '"a \\"b\\" \\\\ c"'],
    ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
    ['\u00a0\u202e\ufeff', '"\\u00a0\\u202e\\ufeff"'],
    ['grün ✓ 💥', '"grün ✓ 💥"'],
    ['\u{e0001}', '"\\U000e0001"'],
    ['\ud800', '"\ufffd"'],
  ])('quotes %j as Go does', (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });

  it('can be read back and stays on one line', () => {
    fc.assert(
      fc.property(anyText, text => {
        const quoted = goQuote(text);
        expect(quoted).not.toMatch(/[\n\r]/);
        expect(unquote(quoted)).toBe(text.toWellFormed());
      }),
    );
  });
});
