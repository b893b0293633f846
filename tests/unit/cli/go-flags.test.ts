import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { discoverPlatforms } from '../../../src/cli/discover.ts';
import { goFlags } from '../../../src/cli/go-flags.ts';
import { goFlagsDocument } from '../../../src/cli/go-flags-doc.ts';
import { commonOptions } from '../../../src/cli/options/common.ts';
import { judgeLegacy, legacyOptions, platformOptions } from '../../../src/cli/options/platform.ts';
import { accessOptions, runOptions } from '../../../src/cli/options/run.ts';
import { scenarioOptions, targetOptions } from '../../../src/cli/options/selection.ts';
import { spawnOptions } from '../../../src/cli/options/spawn.ts';
import { Settings } from '../../../src/cli/settings/settings.ts';

const document = new URL('../../../docs/reference/go-kola-flags.md', import.meta.url);
const platforms = await discoverPlatforms();
const implemented = [
  ...[
    ...targetOptions,
    ...scenarioOptions,
    ...runOptions,
    ...accessOptions,
    ...spawnOptions,
    ...commonOptions,
  ],
  ...platformOptions(platforms).filter(({ hidden }) => hidden !== true),
].flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
// They belong to kola list, and are looked at there.
const ofList = ['json', 'filter'];

test('the document is what the table says; npm run docs:flags writes it', () => {
  expect(readFileSync(document, 'utf8')).toBe(goFlagsDocument());
});

test('no flag is listed twice', () => {
  const names = goFlags.map(({ name, group }) => `${group} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});

test('every flag that is said to work exists', () => {
  const working = goFlags.filter(({ support }) => support.kind === 'same').map(({ name }) => name);
  expect(working.filter(name => !implemented.includes(name) && !ofList.includes(name))).toEqual([]);
});

test('no flag that exists is said to be without effect, refused or still to come', () => {
  const others = goFlags.filter(({ support }) => support.kind !== 'same').map(({ name }) => name);
  expect(others.filter(name => implemented.includes(name))).toEqual([]);
});

const said = (name: string): Settings => new Settings(new Map([[name, { value: 'x', origin: name }]]));

test.each(
  goFlags
    .filter(({ support }) => support.kind !== 'same')
    .map(({ name, support }) => [name, support.kind] as const),
)('--%s is answered as %s', (name, kind) => {
  if (kind === 'no-op') expect(judgeLegacy(said(name))[0]).toContain(`--${name} has no effect`);
  else expect(() => judgeLegacy(said(name))).toThrow(`--${name}`);
});

test('kola run knows every persistent flag of Go kola', () => {
  const known = [...implemented, ...legacyOptions([], 'run').map(({ name }) => name)];
  const persistent = goFlags.filter(({ group }) => !['kola list', 'kola spawn'].includes(group));
  expect(persistent.filter(({ name }) => !known.includes(name))).toEqual([]);
});
