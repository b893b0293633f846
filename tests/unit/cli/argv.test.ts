import { expect, test } from 'vitest';
import { normaliseArgv } from '../../../src/cli/options/argv.ts';
import { parseArguments } from '../../../src/cli/options/commander.ts';
import type { OptionSpec } from '../../../src/cli/options/spec.ts';
import { splitCommand } from '../../../src/cli/split-command.ts';
import { Exit } from '../../../src/cli/terminal.ts';
import { UsageError } from '../../../src/core/errors.ts';

const specs: readonly OptionSpec[] = [
  { name: 'remove', short: 'r', fallback: true, description: 'remove' },
  { name: 'platform', short: 'p', value: 'name', list: true, description: 'platform' },
  { name: 'image', aliases: ['qemu-image'], value: 'file', description: 'image' },
];
const parse = (...argv: string[]) =>
  parseArguments({ name: 'run', summary: '', positional: '[glob...]', options: specs }, argv, {
    write: () => {},
  });

test.each([
  [['--remove=false'], ['--no-remove']],
  [['-r=false'], ['--no-remove']],
  [
    ['--remove=true', 'x'],
    ['--remove', 'x'],
  ],
  [['-p=qemu'], ['--platform=qemu']],
  [['--qemu-image=a=b'], ['--image=a=b']],
  [
    ['--qemu-image', 'f'],
    ['--image', 'f'],
  ],
  [
    ['--', '--remove=false'],
    ['--', '--remove=false'],
  ],
  [
    ['--unknown=1', '-', 'cl.*'],
    ['--unknown=1', '-', 'cl.*'],
  ],
])('writes %j as %j', (before, after) => {
  expect(normaliseArgv(before, specs)).toEqual(after);
});

test('a switch does not swallow the glob after it', () => {
  const { positional, given } = parse('-r', 'cl.*', '-p', 'qemu', '--platform=aws', '--image', 'x');
  expect(positional).toEqual(['cl.*']);
  expect(Object.fromEntries(given)).toEqual({ remove: true, platform: ['qemu', 'aws'], image: 'x' });
});

test('only what was said counts as given', () => {
  expect(parse().given.size).toBe(0);
  expect(parse('--remove=false').given.get('remove')).toBe(false);
});

test('a switch with another value is refused, as is a flag without its value', () => {
  expect(() => parse('--remove=maybe')).toThrow(UsageError);
  expect(() => parse('--image')).toThrow(/argument missing/);
});

test('an unknown flag is answered with the nearest one, aliases included', () => {
  const hintOf = (flag: string): string | undefined => {
    try {
      parse(flag);
    } catch (error) {
      return error instanceof UsageError ? error.hint : undefined;
    }
    return undefined;
  };
  expect(hintOf('--remvoe')).toBe('did you mean --remove?');
  expect(hintOf('--qemu-imgae')).toContain('--qemu-image');
  expect(hintOf('--xyzzyxyzzy')).toBe('see kola run --help');
});

test('help goes to the given stream and ends with 0', () => {
  let text = '';
  const syntax = { name: 'run', summary: 'runs', options: specs };
  expect(() => parseArguments(syntax, ['--help'], { write: part => (text += part) })).toThrow(Exit);
  expect(text).toContain('--platform');
});

test.each([
  [['run', '-j', '2'], { name: 'run', rest: ['-j', '2'] }],
  [['-v', '--log-level', 'debug', 'run', 'x'], { name: 'run', rest: ['-v', '--log-level', 'debug', 'x'] }],
  [['help', 'list'], { name: 'list', rest: ['--help'] }],
  [['help'], { name: undefined, rest: [] }],
  [[], { name: undefined, rest: [] }],
  [['--version'], { name: 'version', rest: [] }],
])('finds the command in %j', (argv, expected) => {
  expect(splitCommand(argv)).toEqual(expected);
});
