import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, escapeHtml, excerpt, oneLine, printable } from '../../../reports/printable.ts';
import { anyText } from '../../support/any-text.ts';

describe('printable', () => {
  it.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bc\u001b(Bx', 'x'],
    ['a\r\nb\tc\u0000\u0008\u007f\u009b', 'a\nb\tc'],
    ['\u202eevil\u2066', 'evil'],
    ['\ud800', '\ufffd'],
  ])('%j becomes %j', (raw, clean) => {
    expect(printable(raw)).toBe(clean);
  });

  it('leaves nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(anyText, text => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
        expect(printable(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(oneLine(text, 10).length).toBeLessThanOrEqual(10);
        expect(oneLine(text)).not.toContain('\n');
      }),
    );
  });
});

describe('excerpt', () => {
  it('keeps short texts whole and says when it cut', () => {
    expect(excerpt('a\nb', 2, 100)).toBe('a\nb');
    expect(excerpt('a\nb\nc', 2, 100)).toBe('a\nb\n… (shortened)');
    expect(excerpt('abcdef', 2, 3)).toBe('abc\n… (shortened)');
  });
});

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [12_345, '12.3 s'],
    [59_949, '59.9 s'],
    [59_951, '1 min 00 s'],
    [245_000, '4 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('escapeHtml', () => {
  it('escapes what ends text or an attribute', () => {
    expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
  });
});
