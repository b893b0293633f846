import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
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
  const found = checkRunFolder(folder);
  // The folder is ours before anything in it goes: another run may have its eye on the same leftovers.
  const aside = found.includes(markerName) ? retireMarker(folder) : undefined;
  try {
    writeMarker(folder, run);
  } finally {
    // Until the new marker is there, the old one aside says that the folder is no stranger's.
    if (aside !== undefined) rmSync(aside, { force: true });
  }
  for (const name of found)
    if (name !== markerName) rmSync(join(folder, name), { recursive: true, force: true });
};

/**
 * Throws what {@link takeRunFolder} would throw, touching nothing: for callers with slow work to do first.
 * Returns what an older run of ours left there.
 */
export const checkRunFolder = (folder: string): readonly string[] => {
  const found = listKnown(folder);
  const taker = found.find(name => name.startsWith(`${markerName}.`));
  if (found.includes(markerName)) refuseLiveRun(folder);
  else if (taker !== undefined) refuseTaker(folder, taker);
  else if (found.length > 0)
    throw new UsageError(
      'output-foreign',
      `the output folder ${folder} is not empty and not a run folder of kola`,
      { hint: 'name a new or empty folder with --output-dir' },
    );
  return found;
};

/** Looks twice before it sees no marker: a listing may miss a file that is renamed meanwhile. */
const listKnown = (folder: string): readonly string[] => {
  const found = listFolder(folder);
  return found.some(name => name.startsWith(markerName)) ? found : listFolder(folder);
};

const listFolder = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw unusable(folder, 'cannot be used', error);
  }
};

/** Between two markers: {@link retireMarker} of a process that lives, or that died there. */
const refuseTaker = (folder: string, aside: string): void => {
  const pid = Number(aside.slice(markerName.length + 1));
  if (identifyProcess(pid) !== undefined) throw beingTaken(folder);
};

const beingTaken = (folder: string): UsageError =>
  new UsageError('output-in-use', `the output folder ${folder} is being taken by another run`, {
    hint: 'name another folder with --output-dir',
  });

/** Takes away the marker of a run that is over; one that somebody put there since the check is put back. */
const retireMarker = (folder: string): string | undefined => {
  const aside = `${markerName}.${process.pid}`;
  try {
    renameSync(join(folder, markerName), join(folder, aside));
  } catch (error) {
    // Another run was faster; who may write the next marker is decided there.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unusable(folder, 'cannot be written', error);
  }
  try {
    refuseLiveRun(folder, aside);
  } catch (error) {
    renameSync(join(folder, aside), join(folder, markerName));
    throw error;
  }
  return join(folder, aside);
};

const refuseLiveRun = (folder: string, name = markerName): void => {
  const marker = readMarker(folder, name);
  if (marker !== undefined && isAlive(marker))
    throw new UsageError(
      'output-in-use',
      `the output folder ${folder} is being written by run ${marker.run} (process ${marker.pid})`,
      { hint: 'wait for that run, or name another folder with --output-dir' },
    );
};

const readMarker = (folder: string, name: string): z.infer<typeof markerSchema> | undefined => {
  try {
    return markerSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  } catch {
    // Half written by a run that died at once: nobody is using it.
    return undefined;
  }
};

const writeMarker = (folder: string, run: RunId): void => {
  const self = identifyProcess(process.pid);
  try {
    // Exclusive: of two runs that start at the same moment only one gets the folder.
    const file = openSync(join(folder, markerName), 'wx');
    writeSync(file, `${JSON.stringify({ run, pid: process.pid, startTime: self?.startTime ?? '' })}\n`);
    closeSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      refuseLiveRun(folder);
      throw beingTaken(folder);
    }
    throw unusable(folder, 'cannot be written', error);
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
