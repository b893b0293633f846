import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../core/errors.ts';
import type { Scenario } from '../core/scenario.ts';
import { discoverScenarios, type FoundScenario } from './discover.ts';

/**
 * What the scenarios declare, written once by the build: `kola list` reads one file instead of loading more than a
 * hundred, which took most of its time. Lies beside the compiled scenarios, and is as old as they are.
 */
const catalogueFile = (root: string): string => join(root, 'scenarios.json');

/** Writes it for the compiled code under `root`. Functions are left out: nothing that only lists calls them. */
export const writeCatalogue = async (root: string): Promise<void> => {
  writeFileSync(catalogueFile(root), JSON.stringify(await discoverScenarios(root)));
};

/** For listing only; undefined where the code runs from source, and there is none. */
export const readCatalogue = (root: string): readonly FoundScenario[] | undefined => {
  let text: string;
  try {
    text = readFileSync(catalogueFile(root), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // Our own build wrote it: checking a hundred declarations again would cost what it saves.
  const found = JSON.parse(text) as readonly FoundScenario[];
  return found.map(({ scenario, file }) => ({ file, scenario: withoutBody(scenario) }));
};

const withoutBody = (scenario: Scenario): Scenario => ({
  ...scenario,
  run: notHere,
  ...(scenario.subtests === undefined
    ? {}
    : { subtests: scenario.subtests.map(subtest => ({ ...subtest, run: notHere })) }),
});

const notHere = (): Promise<void> =>
  Promise.reject(new HarnessError('listed-only', 'a scenario from the catalogue has no body to run'));
