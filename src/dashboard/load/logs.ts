import { open, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { LogView } from '../../../reports/dashboard/model.ts';
import { printable } from '../../../reports/printable.ts';
import type { Evidence } from '../../core/errors.ts';

/** Logs of one run, from its folder while that is there, else what the event log kept of them. */
export interface LogReader {
  of(evidence: readonly Evidence[], machineFolders: readonly string[]): Promise<LogView[]>;
}

const around = 60;
const tail = 80;
/** Longer lines are binary data or worse. */
const longestLine = 1000;
const largestLog = 32 * 1024 * 1024;
/** A page stays readable, and small enough to be sent in one piece. */
const mostLogs = 120;

export const logReader = async (source: string, run: string): Promise<LogReader> => {
  const folder = await ownFolder(source, run);
  let left = mostLogs;
  return {
    of: async (evidence, machineFolders) => {
      const views: LogView[] = [];
      for (const one of evidence) {
        if (left-- <= 0) break;
        views.push(await viewOf(folder, one));
      }
      const whole = views.some(view => !view.excerpt);
      for (const machine of whole ? [] : machineFolders) {
        const path = `${machine}/console.txt`;
        const lines = left-- > 0 ? await readLines(folder, path) : undefined;
        if (lines !== undefined) views.push(stretch(path, lines, Math.max(1, lines.length - tail + 1), null));
      }
      return views;
    },
  };
};

/** The run folder, if it still is this run's: paths in an imported log must not open files of something else. */
const ownFolder = async (source: string, run: string): Promise<string | undefined> => {
  try {
    const folder = await realpath(source);
    if (!(await stat(folder)).isDirectory()) return undefined;
    await using file = await open(join(folder, 'events.ndjson'));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.toString('utf8', 0, bytesRead).includes(`"run":${JSON.stringify(run)}`)
      ? folder
      : undefined;
  } catch {
    return undefined;
  }
};

const viewOf = async (folder: string | undefined, evidence: Evidence): Promise<LogView> => {
  const title = [evidence.source, evidence.machine && `of ${evidence.machine}`, evidence.path]
    .filter(part => part !== undefined && part !== '')
    .join(' ');
  const lines = evidence.path === undefined ? undefined : await readLines(folder, evidence.path);
  if (lines !== undefined) {
    const mark = evidence.line !== undefined && evidence.line <= lines.length ? evidence.line : null;
    const from = Math.max(1, mark === null ? lines.length - tail + 1 : mark - around);
    return stretch(title, lines, from, mark);
  }
  const excerpt = cleaned(evidence.text.split('\n').slice(0, 2 * around));
  return {
    title,
    from: evidence.line ?? 1,
    lines: excerpt,
    // The excerpt's place in the log is not kept; a single line is the decisive one.
    mark: evidence.line !== undefined && excerpt.length === 1 ? evidence.line : null,
    excerpt: true,
  };
};

const stretch = (title: string, lines: readonly string[], from: number, mark: number | null): LogView => ({
  title,
  from,
  lines: cleaned(lines.slice(from - 1, (mark ?? lines.length) + around)),
  mark,
  excerpt: false,
});

const cleaned = (lines: readonly string[]): string[] =>
  lines.map(line => printable(line.slice(0, longestLine)));

const readLines = async (folder: string | undefined, path: string): Promise<string[] | undefined> => {
  if (folder === undefined) return undefined;
  try {
    const file = await realpath(join(folder, path));
    if (!file.startsWith(folder + sep)) return undefined;
    const { size } = await stat(file);
    if (size > largestLog) return undefined;
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '').split('\n');
  } catch {
    return undefined;
  }
};
