import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastLines, shellQuote, shortCommand } from '../../../../src/machine/ssh/quote.ts';

test('a quoted word reaches the program unchanged', () => {
  const words = fc.sample(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter(word => !word.includes('\0')),
    200,
  );
  words.push('', "it's", '$HOME', '`id`', 'a\nb', '*', '~', '-n', 'x y');
  const script = `printf '%s\\0' ${words.map(shellQuote).join(' ')}`;
  const out = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(out.split('\0').slice(0, -1)).toEqual(words.map(word => Buffer.from(word).toString('utf8')));
});

test('a command is shown on one short line', () => {
  expect(shortCommand('a\n  b\t c ')).toBe('a b c');
  expect(shortCommand('x'.repeat(500))).toHaveLength(120);
});

test('the last lines leave out empty ones', () => {
  expect(lastLines('a\n\nb\n \nc\n', 2)).toBe('b\nc');
  expect(lastLines('', 3)).toBe('');
});
