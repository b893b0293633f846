import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discoverPlatforms, discoverScenarios } from '../../../src/cli/discover.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kola-discover-'));
  file('package.json', '{"type":"module"}');
});
afterEach(() => rmSync(root, { recursive: true }));

const file = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const scenarioText = (name: string): string =>
  `export default { name: '${name}', needs: { machines: 1 }, machines: [], tags: [] };`;

test('finds scenarios in every folder, sorted by name, without shared code and declarations', async () => {
  file('scenarios/b/two.js', scenarioText('b.two'));
  file('scenarios/a/deep/one.js', scenarioText('a.one'));
  file('scenarios/a/_shared.js', 'export const x = 1;');
  file('scenarios/a/one.d.ts', 'export {};');
  file('scenarios/a/one.js.map', '{}');
  const found = await discoverScenarios(root);
  expect(found.map(({ scenario, file: path }) => [scenario.name, path])).toEqual([
    ['a.one', 'scenarios/a/deep/one'],
    ['b.two', 'scenarios/b/two'],
  ]);
});

test('nothing there is nothing found', async () => {
  expect(await discoverScenarios(root)).toEqual([]);
  expect(await discoverPlatforms(root)).toEqual([]);
});

test('a broken file is named', async () => {
  file('scenarios/a/bad.js', 'export default {');
  await expect(discoverScenarios(root)).rejects.toThrow('cannot load scenarios/a/bad.js: ');
});

test('a file that throws is named with what it said', async () => {
  file('scenarios/a/bad.js', "throw new TypeError('scenario x: neither run nor subtests');");
  await expect(discoverScenarios(root)).rejects.toThrow(
    'cannot load scenarios/a/bad.js: scenario x: neither run nor subtests',
  );
});

test('a forgotten default export is an error, not a scenario that silently never runs', async () => {
  file('scenarios/a/lost.js', 'export const scenario = 1;');
  await expect(discoverScenarios(root)).rejects.toThrow(
    'scenarios/a/lost.js: expected a scenario as default export',
  );
});

test('one name in two files is an error that names both', async () => {
  file('scenarios/a.js', scenarioText('same'));
  file('scenarios/b.js', scenarioText('same'));
  await expect(discoverScenarios(root)).rejects.toThrow(
    /same is in both scenarios\/[ab] and scenarios\/[ab]/,
  );
});

test('finds platforms by their index', async () => {
  file(
    'platforms/x/index.js',
    "export const platform = { name: 'x', capabilities: {}, flags: [], open: () => {} };",
  );
  file('platforms/x/other.js', 'throw new Error("not loaded");');
  expect((await discoverPlatforms(root)).map(({ name }) => name)).toEqual(['x']);
  file('platforms/y/index.js', 'export const y = 1;');
  await expect(discoverPlatforms(root)).rejects.toThrow(
    'platforms/y/index.js: expected a PlatformDefinition',
  );
});
