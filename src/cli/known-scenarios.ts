import { resolve } from 'node:path';
import { codeRoot } from '../core/package-root.ts';
import { readCatalogue } from './catalogue.ts';
import { discoverScenarios, type FoundScenario, scenarioFolders } from './discover.ts';
import type { Settings } from './settings/settings.ts';

/** Every scenario there is: kola's own, those of `--scenario-dir`, and the external tests of `--exttest`. */
export const knownScenarios = async (settings: Settings, cwd: string): Promise<readonly FoundScenario[]> =>
  withExternal(await discoverScenarios(codeRoot(), scenarioFolders(settings, cwd)), settings, cwd);

/** The same for commands that run none of them: faster, and without bodies where kola is compiled. */
export const listedScenarios = async (settings: Settings, cwd: string): Promise<readonly FoundScenario[]> => {
  const catalogue = settings.list('scenario-dir').length > 0 ? undefined : readCatalogue(codeRoot());
  return catalogue === undefined ? knownScenarios(settings, cwd) : withExternal(catalogue, settings, cwd);
};

const withExternal = async (
  own: readonly FoundScenario[],
  settings: Settings,
  cwd: string,
): Promise<readonly FoundScenario[]> => {
  const folders = settings.list('exttest');
  if (folders.length === 0) return own;
  const { externalTwice, findExternalTests } = await import('../machine/exttest/find.ts');
  const external = folders.flatMap(folder =>
    findExternalTests(resolve(cwd, folder), { tags: settings.list('tag') }).map(scenario => ({
      scenario,
      file: folder,
    })),
  );
  const all = [...own, ...external];
  const twice = externalTwice(all.map(({ scenario }) => scenario.name));
  if (twice !== undefined) throw twice;
  return all;
};
