import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readCatalogue } from '../../src/cli/catalogue.ts';
import { discoverScenarios } from '../../src/cli/discover.ts';
import { packageFolder } from './kola.ts';

const compiled = join(packageFolder, 'dist');

it('the built catalogue says what the scenarios declare', async () => {
  const catalogue = readCatalogue(compiled);
  const loaded = await discoverScenarios(compiled);
  expect(loaded.length).toBeGreaterThan(50);
  expect(JSON.parse(JSON.stringify(catalogue))).toEqual(JSON.parse(JSON.stringify(loaded)));
});

it('a scenario of the catalogue cannot be run by mistake', async () => {
  const [first] = readCatalogue(compiled) ?? [];
  await expect(first?.scenario.run?.(undefined as never)).rejects.toThrow('no body to run');
});

it('code that runs from source has no catalogue', () => {
  expect(readCatalogue(packageFolder)).toBeUndefined();
});
