import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newText } from '../../../src/cloud/console.ts';

it('a window that slides over a log gives the log back', () => {
  const line = fc.integer({ min: 0, max: 1e9 }).map(n => `[${n}] ${n.toString(36)} starting unit ${n * 7}\n`);
  const logs = fc.uniqueArray(line, { minLength: 5, maxLength: 60 });
  fc.assert(
    fc.property(logs, fc.integer({ min: 1, max: 4 }), (lines, step) => {
      const log = lines.join('');
      let known = '';
      for (let end = 0; end <= lines.length + step; end += step) {
        // Ten lines of window and at most four new ones: there is always an overlap.
        known += newText(known, lines.slice(Math.max(0, end - 10), end).join(''));
      }
      expect(known).toBe(log);
    }),
  );
});

it('says when text was lost between two looks', () => {
  const known = 'a'.repeat(100);
  expect(newText(known, 'b'.repeat(100))).toContain('console text is missing here');
});

it('the same window again is nothing new', () => {
  expect(newText('abcdef', 'def')).toBe('');
});
