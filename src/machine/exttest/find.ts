import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import { minutes } from '../../core/clock.ts';
import { KolaError, ScenarioError, UsageError } from '../../core/errors.ts';
import { type Scenario, type ScenarioSpec, scenario } from '../../core/scenario.ts';
import type { UserData } from '../../core/user-data.ts';
import { detectUserData } from '../user-data/detect.ts';
import { type ExtMetadata, headerOf, mapping, parseMetadata } from './metadata.ts';
import { type ExternalTest, runExternalTest } from './run.ts';

export interface ExttestOptions {
  /** `--tag`: tests with a requiredTag run only when it is among them. */
  readonly tags: readonly string[];
}

/** What is not a test although it can be executed. */
const isTest = (folder: string, name: string): boolean => {
  if (name.startsWith('.') || ['config.ign', 'config.bu', 'kola.json'].includes(name)) return false;
  const found = statSync(join(folder, name));
  return found.isFile() && (found.mode & 0o111) !== 0;
};

/** Folders below `root` that may hold tests: data goes with them and holds none. */
const foldersBelow = (root: string): readonly string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name !== 'data' && !entry.name.startsWith('.'))
    .flatMap(entry => [join(root, entry.name), ...foldersBelow(join(root, entry.name))]);

/**
 * The tests of a project in the manner of coreos-assembler: executables below `tests/kola`, or below the folder
 * itself, each a scenario `ext.<project>.<folders>.<executable>`; a lone `test.sh` gives its folder's name.
 */
export const findExternalTests = (folder: string, options: ExttestOptions): readonly Scenario[] => {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError('exttest', `--exttest ${folder}: there is no such folder`);
  const inner = join(folder, 'tests', 'kola');
  const root = existsSync(inner) ? inner : folder;
  const project = basename(realpathSync(folder));
  const found = [root, ...foldersBelow(root)].flatMap(place => testsIn(place, root, project, options));
  if (found.length === 0)
    throw new UsageError('exttest', `--exttest ${folder}: no executable is in it`, {
      hint: 'tests are files with chmod +x, in tests/kola or in the folder itself',
    });
  return found;
};

const testsIn = (
  place: string,
  root: string,
  project: string,
  options: ExttestOptions,
): readonly Scenario[] => {
  const executables = readdirSync(place)
    .filter(name => isTest(place, name))
    .sort();
  const common = existsSync(join(place, 'kola.json'))
    ? mapping(join(place, 'kola.json'), readFileSync(join(place, 'kola.json'), 'utf8'))
    : {};
  return executables.map(executable => {
    const path = join(place, executable);
    const lone = executables.length === 1 && executable === 'test.sh';
    const parts = [...relative(root, place).split(sep), ...(lone ? [] : [executable])];
    const name = ['ext', project, ...parts]
      .filter(part => part !== '')
      .join('.')
      .replace(/[^A-Za-z0-9._-]/g, '-');
    const metadata = parseMetadata(path, { ...common, ...headerOf(path, readFileSync(path, 'latin1')) });
    const data = join(place, 'data');
    return toScenario(
      { name, path, ...(existsSync(data) ? { data: realpathSync(data) } : {}) },
      metadata,
      configOf(place),
      options,
    );
  });
};

/** `config.bu` or `config.ign` beside the tests; a reason when it cannot be used. */
const configOf = (place: string): UserData | string | undefined => {
  const file = ['config.bu', 'config.ign'].find(name => existsSync(join(place, name)));
  if (file === undefined) return undefined;
  try {
    return detectUserData(readFileSync(join(place, file)), { filesDir: place });
  } catch (error) {
    if (error instanceof KolaError) return `${file}: ${error.message}`;
    throw error;
  }
};

const toScenario = (
  test: ExternalTest,
  metadata: ExtMetadata,
  config: UserData | string | undefined,
  { tags }: ExttestOptions,
): Scenario => {
  const { name } = test;
  const { arches, requiredTag, memoryMiB, diskGiB } = metadata;
  const common = {
    name,
    description: metadata.description ?? `the external test ${basename(test.path, extname(test.path))}`,
    tags: ['external', ...metadata.tags],
    platforms: metadata.platforms,
    ...(arches === undefined ? {} : { arches }),
  } satisfies Partial<ScenarioSpec>;
  const passed = skipReason(metadata, tags);
  const away = blockReason(metadata, config);
  // Without machines nothing boots only to be told so.
  if (passed !== undefined) return scenario({ ...common, machines: [], run: async t => t.skip(passed) });
  if (away !== undefined || typeof config === 'string')
    return scenario({ ...common, machines: [], run: async t => t.block(away ?? String(config)) });
  return scenario({
    ...common,
    ...(requiredTag === undefined ? {} : { tags: [...common.tags, requiredTag] }),
    timeout: minutes(metadata.timeoutMinutes ?? 10),
    needs: {
      ...(metadata.tags.includes('needs-internet') ? { external: ['internet'] } : {}),
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
      ...(diskGiB === undefined ? {} : { primaryDiskExtraMiB: diskGiB * 1024 }),
      disks: metadata.disksMiB.map((sizeMiB, index) => ({ serial: `ext${index + 1}`, sizeMiB })),
    },
    ...(metadata.tags.includes('skip-base-checks') ? { allow: { failedUnits: true } } : {}),
    ...(config === undefined ? {} : { userData: config }),
    run: t => runExternalTest(t, test),
  });
};

const skipReason = ({ distros, requiredTag }: ExtMetadata, tags: readonly string[]): string | undefined => {
  if (distros !== undefined && !distros.includes('flatcar') && !distros.includes('cl'))
    return `only for ${distros.join(', ')}`;
  if (requiredTag !== undefined && !tags.includes(requiredTag)) return `runs only with --tag ${requiredTag}`;
  return undefined;
};

const blockReason = (
  { unsupported }: ExtMetadata,
  config: UserData | string | undefined,
): string | undefined => {
  if (unsupported.length > 0)
    return `its metadata asks for ${unsupported.join(', ')}, which kola does not do`;
  return typeof config === 'string' ? config : undefined;
};

/** For messages about two tests of one name. */
export const externalTwice = (names: readonly string[]): ScenarioError | undefined => {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice === undefined
    ? undefined
    : new ScenarioError('scenario-twice', `two scenarios are called ${twice}, one of them an external test`);
};
