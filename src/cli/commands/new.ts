import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { packageRoot } from '../../core/package-root.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { didYouMean } from '../nearest.ts';
import { newScenarioFiles } from '../new-scenario/template.ts';
import type { Settings } from '../settings/settings.ts';
import type { Terminal } from '../terminal.ts';

const run = async ({ args, settings, terminal }: CommandInput): Promise<ExitCode> => {
  const [what, name, ...more] = args;
  if (what !== 'scenario' || name === undefined || more.length > 0)
    throw new UsageError('new', `expected "kola new scenario NAME", found "kola new ${args.join(' ')}"`);
  if (!/^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)+$/.test(name))
    throw new UsageError('new-name', `${name}: expected a name such as docs.swap or cl.network.bridge`, {
      hint: 'lower-case words, joined by dots; the first says where it comes from',
    });
  const root = checkout(terminal);
  const files = newScenarioFiles({ name, area: areaOf(name, root, settings) });
  for (const { path } of files)
    if (existsSync(join(root, path))) throw new UsageError('new-exists', `${path} is there already`);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: 'wx' });
    terminal.out(`made ${path}`);
  }
  terminal.out('');
  terminal.out('next:');
  terminal.out(`  npx vitest run --project fast tests/unit/scenarios/${name}.test.ts`);
  terminal.out(`  npm run build && npx kola run --image=reference ${name}`);
  terminal.out(`  npx kola prove --image=reference ${name}`);
  return exitCode.passed;
};

/** The checkout that the caller is in, else the one that this program runs from. */
const checkout = ({ cwd }: Pick<Terminal, 'cwd'>): string => {
  const found = [cwd, packageRoot()].find(
    folder => existsSync(join(folder, 'scenarios')) && existsSync(join(folder, 'src', 'core', 'scenario.ts')),
  );
  if (found !== undefined) return found;
  throw new UsageError('new-place', `${cwd} is no checkout of kola: it has no scenarios/ beside src/`, {
    hint: 'git clone the repository, npm ci, and call kola there',
  });
};

/** `--area`, else the word of the name that is a folder already. A new area is made only on request. */
const areaOf = (name: string, root: string, settings: Settings): string => {
  const areas = readdirSync(join(root, 'scenarios'), { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? [entry.name] : [],
  );
  const asked = settings.text('area');
  if (asked !== undefined) {
    if (/^[a-z][a-z0-9-]*$/.test(asked)) return asked;
    throw settings.wrong('area', 'a folder name of lower-case letters, digits and dashes');
  }
  const found = name.split('.').find(word => areas.includes(word));
  if (found !== undefined) return found;
  throw new UsageError('new-area', `no word of ${name} is an area of scenarios`, {
    hint: `give --area, one of ${areas.join(', ')}, or a new one ${didYouMean(name.split('.')[1] ?? name, areas) ?? ''}`.trim(),
  });
};

export const command: CommandModule = {
  positional: '[scenario NAME...]',
  words: ['scenario'],
  after:
    'Makes a scenario that passes, its sabotage and its test, to start from: docs/guide/writing-a-scenario.md.',
  options: async () => [
    {
      name: 'area',
      value: 'name',
      description: 'folder under scenarios/; default: the word of NAME that is one',
    },
  ],
  run,
};
