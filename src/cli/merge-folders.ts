import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../core/errors.ts';
import type { RunEvent } from '../core/event.ts';
import { brandId, type RunId } from '../core/ids.ts';
import { pointLatest, takeRunFolder } from '../run/run-folder.ts';
import { type EventLog, readEventLog } from '../store/import/read-log.ts';
import { mergedFolder, mergeLogs } from '../store/merge.ts';
import { factsOfFolders, leaveFacts } from './merge-facts.ts';
import type { RunPlace } from './run-folder.ts';
import type { Terminal } from './terminal.ts';

/** Joins run folders into one: log, evidence, facts of the release and reports. Returns the merged events and the paths of the reports. */
export const mergeFolders = async (
  folders: readonly string[],
  place: RunPlace,
  command: readonly string[],
  terminal: Terminal,
): Promise<{ readonly events: readonly RunEvent[]; readonly reports: readonly string[] }> => {
  const sources = await readSources(folders, terminal);
  await refuseOwnSource(place.outputDir, sources);
  const facts = await factsOfFolders(
    sources.map(({ folder }) => folder),
    terminal,
  );
  const id = mergedId(sources, command);
  const events = mergeLogs(
    sources.map(({ log }) => log),
    id,
    command,
  );
  takeRunFolder(place.outputDir, id);
  for (const source of sources) await copyEvidence(source, place.outputDir);
  await writeLog(place.outputDir, events);
  await leaveFacts(place.outputDir, facts);
  if (place.latestLink !== undefined) pointLatest(place.latestLink, place.outputDir);
  const { writeReports } = await import('./write-reports.ts');
  const written = await writeReports(place.outputDir);
  return { events, reports: written.map(({ path }) => path) };
};

interface Source {
  readonly folder: string;
  readonly log: EventLog;
}

const eventsFile = 'events.ndjson';

const readSources = async (paths: readonly string[], terminal: Terminal): Promise<readonly Source[]> => {
  if (paths.length === 0)
    throw new UsageError('merge-nothing', 'kola merge: expected run folders, found nothing', {
      hint: 'such as kola merge shard-1 shard-2 --output-dir=all',
    });
  const sources = new Map<string, Source>();
  for (const path of paths) {
    const folder = resolve(terminal.cwd, path);
    const file = join(folder, eventsFile);
    if (!existsSync(file))
      throw new UsageError('no-events', `${path} is no run folder: there is no ${eventsFile} in it`);
    const log = readEventLog(file, await readFile(file));
    if (!/^[\w-][\w.-]*$/.test(log.run))
      throw new UsageError(
        'merge-run-id',
        `${file}: the run id ${JSON.stringify(log.run)} is none of kola's`,
      );
    for (const warning of log.warnings) terminal.err(`warning: ${warning}`);
    const known = sources.get(log.run);
    if (known !== undefined && known.log.contentHash() !== log.contentHash())
      throw new UsageError('merge-differs', `${known.folder} and ${folder} are of the same run and differ`, {
        hint: 'give the folder that has all of the run',
      });
    if (known === undefined) sources.set(log.run, { folder, log });
  }
  return [...sources.values()];
};

/** The output folder is emptied: it must not be one that is read. */
const refuseOwnSource = async (outputDir: string, sources: readonly Source[]): Promise<void> => {
  const output = await realpath(outputDir).catch(() => outputDir);
  for (const { folder } of sources) {
    const own = await realpath(folder);
    if (own === output || own.startsWith(output + sep) || output.startsWith(own + sep))
      throw new UsageError('merge-into-source', `${outputDir} overlaps ${folder}, which is merged`, {
        hint: 'name another folder with --output-dir',
      });
  }
};

/** The same merge again is the same run, so that its import meets itself in the history. */
const mergedId = (sources: readonly Source[], command: readonly string[]): RunId => {
  const parts = [...sources.map(({ log }) => `${log.run} ${log.contentHash()}`).sort(), command.join('\0')];
  const hash = createHash('sha256').update(parts.join('\n')).digest('hex');
  return brandId<RunId>(`merged-${hash.slice(0, 10)}`);
};

/** Copies the folders that events name; reports of a part are not those of the whole. */
const copyEvidence = async ({ folder, log }: Source, outputDir: string): Promise<void> => {
  const root = await realpath(folder);
  const named = log.events.flatMap(event =>
    event.type === 'machine.phase' && event.detail?.folder !== undefined ? [event.detail.folder] : [],
  );
  for (const path of new Set(named)) {
    const from = await realpath(join(root, path)).catch(() => undefined);
    // The names come from the log: nothing outside of the run folder is taken, by link or otherwise.
    if (from === undefined || !from.startsWith(root + sep)) continue;
    await cp(from, join(outputDir, mergedFolder(log.run, relative(root, from))), { recursive: true });
  }
};

const writeLog = async (outputDir: string, events: readonly RunEvent[]): Promise<void> => {
  const file = join(outputDir, eventsFile);
  await writeFile(`${file}.part`, events.map(event => `${JSON.stringify(event)}\n`).join(''));
  await rename(`${file}.part`, file);
};
