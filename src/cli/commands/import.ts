import { resolve } from 'node:path';
import { plural } from '../../../reports/printable.ts';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { imageKinds } from '../../core/target.ts';
import type { ForeignHints, ImportFormat } from '../../store/import/files.ts';
import type { ImportedRun } from '../../store/import/import-run.ts';
import type { Store } from '../../store/open.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { explainError } from '../explain-error.ts';
import type { OptionSpec } from '../options/spec.ts';
import { embargoedOption, storeOf, storeOption } from '../options/store.ts';
import { boardsOf } from '../options/values.ts';
import type { Settings } from '../settings/settings.ts';
import type { Terminal } from '../terminal.ts';

const formats = ['kola', 'go-kola', 'tap', 'junit'] as const satisfies readonly ImportFormat[];

const run = async (input: CommandInput): Promise<ExitCode> => {
  const { args, settings, terminal } = input;
  const [first] = args;
  if (first === undefined)
    throw new UsageError('import-nothing', 'kola import: expected run folders or reports, found nothing', {
      hint: 'such as kola import _kola_temp/qemu-latest; see kola import --help',
    });
  const { openStore } = await import('../../store/open.ts');
  const hints = hintsOf(settings);
  const importFacts = await factsImporter(first, hints);
  await using store = await openStore(storeOf(settings, terminal));
  if (importFacts !== undefined) return await importFacts(store, args.slice(1), terminal);
  return await importRunsOf(store, args, hints, input);
};

type FactsImporter = (store: Store, files: readonly string[], terminal: Terminal) => Promise<ExitCode>;

/** `release`, `adoption`, `issues`, `packages` and `contents` as the first word; a folder of that name is written `./release`. */
const factsImporter = async (word: string, hints: ForeignHints): Promise<FactsImporter | undefined> => {
  if (word === 'packages' || word === 'contents') return listImporter(word, hints);
  if (word !== 'release' && word !== 'adoption' && word !== 'issues') return undefined;
  const facts = await import('../../store/import/facts.ts');
  const importFile = {
    release: facts.importReleaseFile,
    adoption: facts.importAdoptionFile,
    issues: facts.importIssuesFile,
  }[word];
  return async (store, files, terminal) => {
    if (files.length === 0)
      throw new UsageError('import-nothing', `kola import ${word}: expected a file, found nothing`, {
        hint: 'docs/reference/store.md describes the files',
      });
    for (const file of files) {
      const { what, records } = await importFile(store, resolve(terminal.cwd, file));
      terminal.out(`${file}: imported ${what}, ${plural(records, 'record')}`);
    }
    return exitCode.passed;
  };
};

/** A list says nothing of the release that it is of. */
const listImporter = async (kind: 'packages' | 'contents', hints: ForeignHints): Promise<FactsImporter> => {
  const { importReleaseFileList } = await import('../../store/import/release-files.ts');
  return async (store, [file, ...more], terminal) => {
    const { channel, version, arch } = hints;
    if (file === undefined || more.length > 0)
      throw new UsageError('import-nothing', `kola import ${kind}: expected one file`);
    if (channel === undefined || version === undefined || arch === undefined) {
      throw new UsageError('import-context', `${file} does not say what release it is of`, {
        hint: 'give --channel, --version and --arch',
      });
    }
    const lines = await importReleaseFileList(store, resolve(terminal.cwd, file), {
      channel,
      version,
      arch,
      kind,
    });
    terminal.out(`${file}: imported ${kind} of ${channel} ${version} ${arch}, ${plural(lines, 'line')}`);
    return exitCode.passed;
  };
};

const hintsOf = (settings: Settings): ForeignHints => {
  const [arch, ...more] = boardsOf(settings, 'arch');
  if (more.length > 0) throw settings.wrong('arch', 'one architecture: a report is about one');
  const said = (name: string): string | undefined => settings.text(name);
  const kind = settings.choice('kind', imageKinds);
  const digest = said('digest');
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw settings.wrong('digest', 'sha256: and 64 hexadecimal digits');
  const at = said('at');
  if (at !== undefined && Number.isNaN(Date.parse(at)))
    throw settings.wrong('at', 'a time such as 2026-11-20T18:00:00Z');
  const texts = Object.entries({
    platform: said('platform'),
    channel: said('channel'),
    version: said('version'),
    policy: said('policy'),
    digest,
  }).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(texts),
    ...(arch === undefined ? {} : { arch }),
    ...(kind === undefined ? {} : { kind }),
    ...(at === undefined ? {} : { at: Date.parse(at) }),
    synthetic: settings.on('synthetic'),
    embargoed: settings.on('embargoed'),
  };
};

const importRunsOf = async (
  store: Store,
  paths: readonly string[],
  hints: ForeignHints,
  { settings, terminal }: CommandInput,
): Promise<ExitCode> => {
  const { importPaths } = await import('../../store/import/import-paths.ts');
  const format = settings.choice('format', formats);
  const files = paths.map(path => resolve(terminal.cwd, path));
  let worst: ExitCode = exitCode.passed;
  let index = 0;
  for await (const answer of importPaths(store, files, hints, Date.now, format)) {
    const shown = paths[index++] ?? answer.path;
    if ('done' in answer) {
      announce(shown, answer.done, terminal);
      continue;
    }
    const { lines, code } = explainError(answer.error, terminal.env.KOLA_DEBUG === '1');
    for (const line of lines) terminal.err(line);
    worst = code;
  }
  return worst;
};

const announce = (path: string, done: ImportedRun, terminal: Terminal): void => {
  for (const warning of done.warnings) terminal.err(`warning: ${warning}`);
  const cut = done.ended ? '' : '; the run has not come to its end';
  terminal.out(`${path}: ${done.change} run ${done.run}, ${plural(done.results, 'result')}${cut}`);
};

const foreign = 'Reports of other tools';

const options: readonly OptionSpec[] = [
  { ...storeOption, description: `${storeOption.description}; default: ~/.local/share/kola/history.db` },
  embargoedOption,
  { name: 'synthetic', description: 'mark as made up for an example', group: storeOption.group ?? '' },
  {
    name: 'policy',
    value: 'id',
    description: 'count for verdicts of this policy only',
    group: storeOption.group ?? '',
  },
  { name: 'format', value: 'name', choices: formats, description: 'what the paths are; default: found out' },
  { name: 'platform', value: 'name', description: 'where the tests ran', group: foreign },
  { name: 'arch', aliases: ['board'], value: 'amd64|arm64', description: 'architecture', group: foreign },
  { name: 'channel', value: 'name', description: 'channel or LTS stream', group: foreign },
  { name: 'version', value: 'version', description: 'version that was tested', group: foreign },
  {
    name: 'digest',
    value: 'sha256:…',
    description: 'image that was tested; without it, no gate counts the results',
    group: foreign,
  },
  {
    name: 'kind',
    value: 'kind',
    choices: imageKinds,
    description: 'kind of the image; default: flatcar',
    group: foreign,
  },
  {
    name: 'at',
    value: 'time',
    description: "when the tests ran; default: the file's own time",
    group: foreign,
  },
];

export const command: CommandModule = {
  positional: '[path...]',
  words: ['release', 'adoption', 'issues', 'packages', 'contents'],
  configurable: ['store'],
  after: [
    'Paths are run folders of kola, output folders of Go kola, TAP or JUnit files. What is in the store already is',
    'not imported again. A path that is damaged is refused, with exit code 3; the others are imported.',
    '',
    '  kola import release FILE...    digests, signatures, SBOM … of a release',
    '  kola import adoption FILE...   how many machines run a version',
    '  kola import issues FILE...     issues that are open against versions',
    '  kola import packages|contents FILE --channel= --version= --arch=   lists that a release publishes',
  ].join('\n'),
  options: async () => options,
  run,
};
