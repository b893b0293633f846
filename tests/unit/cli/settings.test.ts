import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OptionSpec } from '../../../src/cli/options/spec.ts';
import {
  boardsOf,
  logLevelOf,
  parallelOf,
  selectionOf,
  shardOf,
  sizeOf,
} from '../../../src/cli/options/values.ts';
import { findSettingsFile } from '../../../src/cli/settings/file.ts';
import { resolveSettings } from '../../../src/cli/settings/resolve.ts';
import { Settings } from '../../../src/cli/settings/settings.ts';
import { parseSettings } from '../../../src/cli/settings/yaml.ts';
import { UsageError } from '../../../src/core/errors.ts';

const specs: readonly OptionSpec[] = [
  { name: 'parallel', short: 'j', value: 'n|auto', fallback: 'auto', description: '' },
  { name: 'tag', value: 'tag', list: true, description: '' },
  { name: 'fail-fast', description: '' },
  { name: 'remove', fallback: true, description: '' },
  { name: 'secret-legacy', hidden: true, description: '' },
];

const resolve = (
  given: Record<string, string | boolean | string[]>,
  env: Record<string, string>,
  yaml = '',
) =>
  resolveSettings({
    specs,
    flags: new Map(Object.entries(given)),
    env,
    file: parseSettings(yaml, 'kola.yaml', specs),
  });

describe('precedence', () => {
  test('flags win over environment, environment over file, file over default', () => {
    const yaml = 'parallel: 4\n';
    expect(resolve({}, {}).text('parallel')).toBe('auto');
    expect(resolve({}, {}, yaml).text('parallel')).toBe('4');
    expect(resolve({}, { KOLA_PARALLEL: '3' }, yaml).text('parallel')).toBe('3');
    expect(resolve({ parallel: '2' }, { KOLA_PARALLEL: '3' }, yaml).text('parallel')).toBe('2');
  });

  test('a default is not said by anybody', () => {
    expect(resolve({}, {}).said('parallel')).toBe(false);
    expect(resolve({}, {}, 'parallel: auto').said('parallel')).toBe(true);
  });

  test('an empty variable counts as not set, and hidden flags have none', () => {
    expect(resolve({}, { KOLA_PARALLEL: '' }).text('parallel')).toBe('auto');
    expect(resolve({}, { KOLA_SECRET_LEGACY: '1' }).on('secret-legacy')).toBe(false);
  });

  test('switches in the environment', () => {
    expect(resolve({}, { KOLA_FAIL_FAST: 'yes' }).on('fail-fast')).toBe(true);
    expect(resolve({}, { KOLA_REMOVE: '0' }).on('remove')).toBe(false);
    expect(() => resolve({}, { KOLA_FAIL_FAST: 'perhaps' })).toThrow(
      'KOLA_FAIL_FAST=perhaps: expected true or false',
    );
  });

  test('lists come repeated, with commas, or as YAML lists', () => {
    expect(resolve({ tag: ['a,b', 'c'] }, {}).list('tag')).toEqual(['a', 'b', 'c']);
    expect(resolve({}, { KOLA_TAG: 'a, b' }).list('tag')).toEqual(['a', 'b']);
    expect(resolve({}, {}, 'tag: [a, b]').list('tag')).toEqual(['a', 'b']);
  });
});

describe('mistakes in kola.yaml', () => {
  const complaint = (yaml: string): string => {
    try {
      parseSettings(yaml, 'kola.yaml', specs);
    } catch (error) {
      if (error instanceof UsageError) return `${error.message} (${error.hint ?? ''})`;
    }
    return 'nothing';
  };
  test.each([
    ['tag: a\nparalel: 2\n', 'kola.yaml:2: unknown key paralel (did you mean parallel?)'],
    ['\n\nfail-fast: 3\n', 'kola.yaml:3: fail-fast: expected true or false, found 3 ()'],
    ['parallel: [1]\n', 'kola.yaml:1: parallel: expected text or a number, found [1] ()'],
    ['tag: {a: b}\n', 'kola.yaml:1: tag: expected text or a list of texts, found {"a":"b"} ()'],
    ['- a\n', 'kola.yaml:1: expected a mapping of flags to values, found ["a"] ()'],
    [
      'secret-legacy: true\n',
      'kola.yaml:1: unknown key secret-legacy (keys are the long flags of kola run, without the dashes)',
    ],
  ])('%j', (yaml, expected) => {
    expect(complaint(yaml)).toBe(expected);
  });

  test('a syntax error has its line', () => {
    expect(complaint('tag: a\nparallel: "x\n')).toMatch(/^kola\.yaml:[23]: /);
  });

  test('the same key twice is refused', () => {
    expect(complaint('parallel: 1\nparallel: 2\n')).toMatch(/^kola\.yaml:2: .*unique/);
  });

  test('an empty file says nothing', () => {
    expect(parseSettings('# nothing\n', 'kola.yaml', specs).size).toBe(0);
  });

  test('a wrong value is named with its place in the file', () => {
    expect(() => parallelOf(resolve({}, {}, 'tag: a\nparallel: 0\n'))).toThrow(
      'kola.yaml:2: parallel: 0: expected auto or a whole number of at least 1',
    );
  });
});

describe('where kola.yaml is looked for', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'kola-settings-'));
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'a/kola.yaml'), '');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('upwards, or where --config says', () => {
    expect(findSettingsFile(join(root, 'a/b'), undefined)).toBe(join(root, 'a/kola.yaml'));
    expect(findSettingsFile(root, 'a/kola.yaml')).toBe(join(root, 'a/kola.yaml'));
    expect(() => findSettingsFile(root, 'b.yaml')).toThrow('--config b.yaml: there is no such file');
  });
});

const settings = (values: Record<string, string | boolean | string[]>): Settings =>
  new Settings(
    new Map(Object.entries(values).map(([name, value]) => [name, { value, origin: `--${name} ${value}` }])),
  );

describe('values', () => {
  test.each(['0', '-1', '1.5', 'x', '', '1e3', '999999'])('-j %s is refused', text => {
    expect(() => parallelOf(settings({ parallel: text }))).toThrow('expected auto or a whole number');
  });

  test.each(['3/2', '0/2', '1', 'a/b', '1/2/3', '-1/2', '1/0'])('--shard %s is refused', text => {
    expect(() => selectionOf(settings({ shard: text }), [])).toThrow(`--shard ${text}: expected m/n`);
  });

  test('a shard that goes round with the days', () => {
    const noon = Date.parse('2026-11-20T12:00:00Z');
    const parts = Array.from({ length: 6 }, (_, days) =>
      shardOf(settings({ shard: 'today/3' }), noon + days * 86_400_000),
    );
    expect(new Set(parts.slice(0, 3).map(shard => shard?.part))).toEqual(new Set([1, 2, 3]));
    expect(parts.slice(3)).toEqual(parts.slice(0, 3));
    expect(shardOf(settings({ shard: 'today/3' }), noon + 3_600_000)).toEqual(parts[0]);
  });

  test('a shard', () => {
    expect(selectionOf(settings({ shard: '2/3' }), ['cl.*']).shard).toEqual({ part: 2, of: 3 });
  });

  test('boards in both spellings, each once', () => {
    expect(boardsOf(settings({ board: ['amd64-usr,arm64', 'amd64'] }))).toEqual(['amd64', 'arm64']);
    expect(() => boardsOf(settings({ board: 'riscv' }))).toThrow('expected amd64-usr or arm64-usr');
  });

  test('log levels of Go kola', () => {
    expect(logLevelOf(settings({ 'log-level': 'WARNING' }))).toBe('warn');
    expect(logLevelOf(settings({ 'log-level': 'notice', verbose: true }))).toBe('info');
    expect(() => logLevelOf(settings({ 'log-level': 'loud' }))).toThrow('expected one of error');
  });

  test('whole numbers', () => {
    expect(settings({ retries: '2' }).integer('retries', 0)).toBe(2);
    expect(() => settings({ multiply: '0' }).integer('multiply', 1)).toThrow(
      '--multiply 0: expected a whole number of at least 1',
    );
  });
});

describe('sizes', () => {
  const size = (text: string) => sizeOf(settings({ 'snapshots-max': text }), 'snapshots-max');

  test.each([
    ['0', 0],
    ['512M', 512 * 2 ** 20],
    ['10g', 10 * 2 ** 30],
  ])('%s', (text, bytes) => {
    expect(size(text)).toBe(bytes);
  });

  test.each(['ten', '1.5G', '-1', 'G'])('%s is refused', text => {
    expect(() => size(text)).toThrow(/expected a size such as 10G or 512M/);
  });
});
