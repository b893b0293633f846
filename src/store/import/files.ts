import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import type { Store } from '../open.ts';
import { foldLog } from './fold.ts';
import type { FoldedRun, ImportMarks } from './folded.ts';
import { type ForeignContext, foldForeign } from './foreign.ts';
import { platformName } from './go-kola-names.ts';
import { readGoKolaReport } from './go-kola-report.ts';
import { type ImportedRun, importRun } from './import-run.ts';
import { readJunit } from './junit.ts';
import { readEventLog } from './read-log.ts';
import { readTap } from './tap.ts';

export type ImportFormat = 'kola' | 'go-kola' | 'tap' | 'junit';

/** What the caller knows about foreign reports; kola's own logs say all of it themselves. */
export type ForeignHints = ImportMarks & Partial<Omit<ForeignContext, 'at'>> & { readonly at?: number };

/**
 * `kola import PATH`: a run folder, an `events.ndjson`, a Go kola output folder or `report.json`, a TAP file or a
 * JUnit file. Throws UsageError, with file and line, when it is none of them or is damaged.
 */
export const importPath = async (
  store: Store,
  path: string,
  hints: ForeignHints,
  now: number,
  format?: ImportFormat,
): Promise<ImportedRun> => importRun(store, await foldPath(path, hints, format), now);

/** The same without writing it: several are then written together. */
export const foldPath = async (
  path: string,
  hints: ForeignHints,
  format?: ImportFormat,
): Promise<FoldedRun> => {
  const file = await resolveFile(path);
  const bytes = await readFile(file);
  const kind = format ?? detect(file, bytes);
  if (kind === 'kola') return foldLog(readEventLog(file, bytes), path, hints);
  const text = bytes.toString('utf8');
  const modified = (await stat(file)).mtimeMs;
  if (kind === 'go-kola') {
    const report = readGoKolaReport(file, text);
    const said = {
      ...(report.platform === undefined ? {} : { platform: platformName(report.platform) }),
      ...(report.version === undefined ? {} : { version: report.version }),
    };
    return foldForeign(report, bytes, path, complete(file, { ...said, ...hints }, modified));
  }
  const report = kind === 'tap' ? readTap(file, text) : readJunit(file, text);
  return foldForeign(report, bytes, path, complete(file, hints, modified));
};

const known = ['events.ndjson', 'reports/report.json', 'test.tap', 'junit.xml'];

const resolveFile = async (path: string): Promise<string> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new UsageError('import-absent', `${path}: no such file or folder`, {
      hint: 'give a run folder, an events.ndjson, a report.json of Go kola, a TAP or a JUnit file',
    });
  }
  if (!found.isDirectory()) return path;
  for (const name of known) {
    const file = join(path, name);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
  }
  throw new UsageError('import-foreign', `${path}: not a run folder: none of ${known.join(', ')} is in it`);
};

const detect = (file: string, bytes: Buffer): ImportFormat => {
  if (file.endsWith('.ndjson')) return 'kola';
  const head = bytes.toString('utf8', 0, 4096).trimStart();
  if (head.startsWith('<')) return 'junit';
  if (/^(TAP version|1\.\.\d|(not )?ok\b|#)/.test(head)) return 'tap';
  if (head.startsWith('{')) return /^\{[^\n]*"v"\s*:/.test(head) ? 'kola' : 'go-kola';
  throw new UsageError(
    'import-foreign',
    `${file}: neither a kola log, nor a Go kola report, TAP or JUnit XML`,
    {
      hint: 'say what it is with --format',
    },
  );
};

const complete = (file: string, hints: ForeignHints, modified: number): ForeignContext => {
  const { platform, arch, channel, version } = hints;
  const missing = Object.entries({ platform, arch, channel, version })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `--${name}`);
  if (platform === undefined || arch === undefined || channel === undefined || version === undefined) {
    throw new UsageError('import-context', `${file} does not say what it was run on`, {
      hint: `add ${missing.join(', ')}`,
    });
  }
  return {
    ...hints,
    platform: platformName(platform),
    arch,
    channel,
    version,
    at: hints.at ?? Math.round(modified),
  };
};
