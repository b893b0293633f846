import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HarnessError, ScenarioError, UsageError } from '../core/errors.ts';
import { codeRoot } from '../core/package-root.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import type { Scenario } from '../core/scenario.ts';
import type { Settings } from './settings/settings.ts';

/** A scenario and the file it was found in, relative to the code root, without extension. */
export interface FoundScenario {
  readonly scenario: Scenario;
  readonly file: string;
}

const isCode = (entry: Dirent): boolean =>
  entry.isFile() && /\.(ts|js)$/.test(entry.name) && !/\.(d|test)\.ts$/.test(entry.name);

/**
 * Loads every file under `scenarios/`. A file whose name begins with `_` is shared code and left alone;
 * any other must have a scenario as its default export. `more` are folders outside of kola (`--scenario-dir`).
 * Sorted by name.
 */
export const discoverScenarios = async (
  root = codeRoot(),
  more: readonly string[] = [],
): Promise<readonly FoundScenario[]> => {
  const files = [join(root, 'scenarios'), ...more]
    .flatMap(folder => list(folder, true))
    .filter(entry => isCode(entry) && !entry.name.startsWith('_'))
    .map(entry => join(entry.parentPath, entry.name));
  const found = await Promise.all(files.map(path => loadScenario(path, relative(root, path))));
  found.sort((a, b) => (a.scenario.name < b.scenario.name ? -1 : 1));
  for (const [index, { scenario, file }] of found.entries()) {
    const next = found[index + 1];
    if (next?.scenario.name === scenario.name)
      throw new ScenarioError(
        'scenario-twice',
        `scenario ${scenario.name} is in both ${file} and ${next.file}`,
      );
  }
  return found;
};

/** The folders of `--scenario-dir`; one that is not there is a mistake of the caller. */
export const scenarioFolders = (settings: Settings, cwd: string): readonly string[] =>
  settings.list('scenario-dir').map(name => {
    const folder = resolve(cwd, name);
    if (!existsSync(folder))
      throw new UsageError(
        'scenario-dir',
        `${settings.origin('scenario-dir')}: there is no folder ${folder}`,
      );
    return folder;
  });

const loadScenario = async (path: string, file: string): Promise<FoundScenario> => {
  const loaded = await load(path, file, 'default');
  if (!isScenario(loaded))
    throw new ScenarioError('scenario-missing', `${file}: expected a scenario as default export`, {
      hint: 'write "export default scenario({ … })", or begin the file name with _ when it is shared code',
    });
  return { scenario: loaded, file: file.replace(/\.(ts|js)$/, '') };
};

const isScenario = (value: unknown): value is Scenario =>
  typeof value === 'object' && value !== null && 'name' in value && 'needs' in value && 'machines' in value;

/** Loads `index` of every folder under `platforms/`, in order of name. */
export const discoverPlatforms = async (root = codeRoot()): Promise<readonly PlatformDefinition[]> => {
  const folders = list(join(root, 'platforms'), false).filter(entry => entry.isDirectory());
  const files = folders.flatMap(({ parentPath, name }) =>
    list(join(parentPath, name), false)
      .filter(entry => isCode(entry) && /^index\.(ts|js)$/.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name)),
  );
  const found = await Promise.all(files.map(path => loadPlatform(path, relative(root, path))));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
};

const loadPlatform = async (path: string, file: string): Promise<PlatformDefinition> => {
  const loaded = await load(path, file, 'platform');
  if (!isPlatform(loaded))
    throw new HarnessError(
      'platform-missing',
      `${file}: expected a PlatformDefinition exported as "platform"`,
    );
  return loaded;
};

const isPlatform = (value: unknown): value is PlatformDefinition =>
  typeof value === 'object' &&
  value !== null &&
  'capabilities' in value &&
  'open' in value &&
  'flags' in value;

const load = async (path: string, file: string, name: string): Promise<unknown> => {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href);
    return module[name];
  } catch (error) {
    const problem = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new HarnessError('broken-file', `cannot load ${file}: ${problem}`, {
      cause: error,
      hint: 'KOLA_DEBUG=1 shows where it was thrown',
    });
  }
};

const list = (folder: string, recursive: boolean): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};
