import { createReadStream, existsSync, readFileSync, realpathSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { RunFold } from '../../reports/fold-run.ts';
import { type ReportEntry, reportFormats } from '../../reports/index.ts';
import type { RunModel } from '../../reports/run-model.ts';
import { UsageError } from '../core/errors.ts';
import { type RunEvent, runEventSchema } from '../core/event.ts';
import type { Reporter } from '../core/reporter.ts';
import { didYouMean } from './nearest.ts';

const eventsFile = 'events.ndjson';

/** The formats that a comma list names; `all` or nothing = every one. */
export const chooseFormats = (names: readonly string[]): readonly ReportEntry[] => {
  if (names.length === 0 || names.includes('all')) return reportFormats;
  const known = reportFormats.map(({ name }) => name);
  return names.map(name => {
    const found = reportFormats.find(format => format.name === name);
    if (found !== undefined) return found;
    throw new UsageError('unknown-format', `unknown report format ${name}`, {
      hint: `${didYouMean(name, known) ?? ''} known formats: ${known.join(', ')}, all`.trim(),
    });
  });
};

/** Folds the events of a run into reports; one pass over the log, whatever the number of formats. */
export const renderReports = async (
  runDir: string,
  formats: readonly ReportEntry[],
): Promise<readonly { readonly format: ReportEntry; readonly text: string }[]> => {
  const path = eventsOf(runDir);
  const root = realpathSync(runDir);
  const options = { readFile: (relative: string) => readInside(root, relative) };
  const reporters = await Promise.all(
    formats.map(async format => ({ format, reporter: (await format.load()).create(options) })),
  );
  await replay(
    path,
    reporters.map(({ reporter }) => reporter),
  );
  return reporters.map(({ format, reporter }) => ({ format, text: reporter.finish?.() ?? '' }));
};

/** Writes reports into the run folder; returns their paths. A reader never sees half a file. */
export const writeReports = async (
  runDir: string,
  formats: readonly ReportEntry[] = reportFormats,
): Promise<readonly { readonly format: ReportEntry; readonly path: string; readonly text: string }[]> => {
  const rendered = await renderReports(runDir, formats);
  return Promise.all(
    rendered.map(async ({ format, text }) => {
      const path = join(runDir, format.file);
      await writeFile(`${path}.part`, text);
      await rename(`${path}.part`, path);
      return { format, path, text };
    }),
  );
};

/** The run folder's events, folded into what reports show. */
export const foldRun = async (runDir: string): Promise<RunModel> => {
  const fold = new RunFold();
  await replay(eventsOf(runDir), [{ event: event => fold.event(event) }]);
  return fold.model();
};

const eventsOf = (runDir: string): string => {
  const path = join(runDir, eventsFile);
  if (existsSync(path)) return path;
  throw new UsageError('no-events', `${runDir} is no run folder: there is no ${eventsFile} in it`, {
    hint: 'give the folder that kola run printed, such as _kola_temp/qemu-latest',
  });
};

const replay = async (path: string, reporters: readonly Reporter[]): Promise<void> => {
  let number = 0;
  let torn: UsageError | undefined;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    // Only the last line may be torn: by a power cut, or because the run is still going on.
    if (torn !== undefined) throw torn;
    number++;
    const event = parseEvent(line);
    if (event === undefined)
      torn = new UsageError('bad-event', `${path}:${number}: not an event that this version of kola knows`);
    else for (const reporter of reporters) reporter.event?.(event);
  }
  if (number === 0) throw new UsageError('no-events', `${path} is empty: the run never started`);
};

const parseEvent = (line: string): RunEvent | undefined => {
  try {
    return runEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
};

/** Reads a file of the run folder. Paths come from the events: nothing outside is read, by link or otherwise. */
const readInside = (root: string, relative: string): string | undefined => {
  try {
    const path = realpathSync(resolve(root, relative));
    return path.startsWith(root + sep) ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
};
