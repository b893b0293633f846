import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import type { RunId } from '../core/ids.ts';
import { identifyProcess, isAlive } from '../core/process-identity.ts';

/** Says that a folder is a run folder of kola, and which process is (or was) writing it. */
const markerName = '.kola-run';
const markerSchema = z.object({ run: z.string(), pid: z.number().int(), startTime: z.string() });

/**
 * Takes a folder for a run: it must be absent, empty, or an older run folder of ours, which is emptied.
 * A foreign folder, one that another run is writing, or one that cannot be written is a usage error.
 */
export const takeRunFolder = (folder: string, run: RunId): void => {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw unusable(folder, 'cannot be made', error);
  }
  // Before anything is written into a stranger's folder.
  checkRunFolder(folder);
  const own = writeOwnMarker(folder, run);
  let found: readonly string[];
  try {
    lock(folder, own);
    try {
      found = checkRunFolder(folder);
      // Over the old one, if there is one: the folder is never without a marker from here on.
      renameSync(own, join(folder, markerName));
    } finally {
      rmSync(lockOf(folder), { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  for (const name of found) if (!isOurs(name)) rmSync(join(folder, name), { recursive: true, force: true });
};

/**
 * Throws what {@link takeRunFolder} would throw, touching nothing: for callers with slow work to do first.
 * Returns what an older run of ours left there.
 */
export const checkRunFolder = (folder: string): readonly string[] => {
  const found = listFolder(folder);
  if (found.includes(markerName)) refuseLiveRun(folder);
  else if (!found.every(isOurs))
    throw new UsageError(
      'output-foreign',
      `the output folder ${folder} is not empty and not a run folder of kola`,
      { hint: 'name a new or empty folder with --output-dir' },
    );
  return found;
};

const isOurs = (name: string): boolean => name === markerName || name.startsWith(`${markerName}.`);
const lockOf = (folder: string): string => join(folder, `${markerName}.lock`);

const listFolder = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw unusable(folder, 'cannot be used', error);
  }
};

/** The marker under a name of its own: complete before it becomes the folder's. */
const writeOwnMarker = (folder: string, run: RunId): string => {
  const own = join(folder, `${markerName}.${process.pid}.${run}`);
  const startTime = identifyProcess(process.pid)?.startTime ?? '';
  try {
    writeFileSync(own, `${JSON.stringify({ run, pid: process.pid, startTime })}\n`);
  } catch (error) {
    throw unusable(folder, 'cannot be written', error);
  }
  return own;
};

/** Of several runs that look at one folder at the same moment one holds this name, and with it the right to take it. */
const lock = (folder: string, own: string): void => {
  try {
    linkSync(own, lockOf(folder));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw unusable(folder, 'cannot be written', error);
    const holder = readMarker(lockOf(folder));
    // Taking it away from the dead cannot be done without a moment in which two of us do so.
    const hint =
      holder === undefined || isAlive(holder)
        ? 'name another folder with --output-dir'
        : `run ${holder.run} died there: remove ${lockOf(folder)}, or name another folder with --output-dir`;
    throw new UsageError('output-in-use', `the output folder ${folder} is being taken by another run`, {
      hint,
    });
  }
};

const refuseLiveRun = (folder: string): void => {
  const marker = readMarker(join(folder, markerName));
  if (marker !== undefined && isAlive(marker))
    throw new UsageError(
      'output-in-use',
      `the output folder ${folder} is being written by run ${marker.run} (process ${marker.pid})`,
      { hint: 'wait for that run, or name another folder with --output-dir' },
    );
};

/** Undefined when it is gone, or no marker of ours. */
const readMarker = (path: string): z.infer<typeof markerSchema> | undefined => {
  try {
    return markerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
};

const unusable = (folder: string, problem: string, error: unknown): UsageError => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new UsageError('output-unwritable', `the output folder ${folder} ${problem} (${code})`, {
    hint: 'name a folder that you may write with --output-dir',
    cause: error,
  });
};

/** Points `<platform>-latest` at a run folder beside it, atomically. */
export const pointLatest = (link: string, folder: string): void => {
  const fresh = `${link}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(dirname(link) === dirname(folder) ? basename(folder) : folder, fresh);
  renameSync(fresh, link);
};
