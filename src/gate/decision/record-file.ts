import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HarnessError, UsageError } from '../../core/errors.ts';
import { PollTimeout, poll } from '../../core/poll.ts';
import type { Candidate } from '../input.ts';
import { writeWhole } from '../write-whole.ts';
import {
  closingOf,
  type DecisionEntry,
  type DecisionRecord,
  type EntryBody,
  nextEntry,
  parseRecord,
} from './record.ts';
import { type Signer, signText } from './signature.ts';

/** `<channel>-<version>.json`, with `.2` … before the ending for meetings after a NO-GO. */
export const recordFile = (folder: string, candidate: Candidate, round: number): string => {
  const name = `${candidate.channel}-${candidate.version}`;
  if (!/^[\w.+-]+$/.test(name) || name.includes('..')) {
    throw new UsageError('candidate-name', `channel and version make no file name: ${name}`);
  }
  return join(folder, `${name}${round > 1 ? `.${round}` : ''}.json`);
};

export const evidenceFileOf = (file: string): string => file.replace(/\.json$/, '.evidence.json');

/** The file of the newest round's record of a candidate; undefined = never opened. */
export const latestRecordFile = async (folder: string, candidate: Candidate): Promise<string | undefined> => {
  let found: string | undefined;
  for (let round = 1; ; round++) {
    const file = recordFile(folder, candidate, round);
    if ((await stat(file).catch(() => undefined)) === undefined) return found;
    found = file;
  }
};

/** The same with what is in it. Throws UsageError when it was tampered with. */
export const latestRecord = async (
  folder: string,
  candidate: Candidate,
): Promise<{ readonly file: string; readonly record: DecisionRecord } | undefined> => {
  const file = await latestRecordFile(folder, candidate);
  return file === undefined ? undefined : { file, record: parseRecord(file, await readRecordText(file)) };
};

export const readRecordText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('decision-unreadable', `the decision ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });

export interface AppendOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signer?: Signer;
  readonly signal?: AbortSignal;
}

/**
 * Appends one entry. `make` is given the record as it is under the lock, so that two people who vote at once both get
 * their vote in, and nothing follows a closing.
 */
export const appendEntry = (
  file: string,
  make: (record: DecisionRecord) => EntryBody,
  options: AppendOptions,
): Promise<DecisionRecord> =>
  withLock(file, options.signal, async () => {
    const record = parseRecord(file, await readRecordText(file));
    const closing = closingOf(record);
    if (closing !== undefined) {
      throw new UsageError('decision-closed', `${file} was closed as ${closing.outcome} on ${closing.time}`, {
        hint: 'a closed decision stands; after a NO-GO, open the next round',
      });
    }
    return writeRecord(file, record, make(record), options);
  });

/** Writes a new record with its first entry and the evidence beside it. Refuses to replace one. */
export const createRecord = (
  file: string,
  record: Omit<DecisionRecord, 'entries'>,
  body: EntryBody,
  evidence: string,
  options: AppendOptions,
): Promise<DecisionRecord> =>
  withLock(file, options.signal, async () => {
    if ((await stat(file).catch(() => undefined)) !== undefined) {
      throw new UsageError('decision-open', `${file} was opened already`, {
        hint: 'vote on it, or close it',
      });
    }
    await writeWhole(evidenceFileOf(file), evidence);
    try {
      return await writeRecord(file, { ...record, entries: [] }, body, options);
    } catch (error) {
      await rm(evidenceFileOf(file), { force: true });
      throw error;
    }
  });

const writeRecord = async (
  file: string,
  record: DecisionRecord,
  body: EntryBody,
  options: AppendOptions,
): Promise<DecisionRecord> => {
  const bare = nextEntry(record.entries, body, options.now);
  const signature = options.signer === undefined ? undefined : await signText(options.signer, bare.hash);
  const entry = (signature === undefined ? bare : { ...bare, signature }) as DecisionEntry;
  const after = { ...record, entries: [...record.entries, entry] };
  await writeWhole(file, `${JSON.stringify(after, null, 2)}\n`);
  return after;
};

const lockWait = 10_000;

const withLock = async <T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> => {
  await mkdir(dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  await poll(
    { what: `the lock ${lock}`, every: 50, until: lockWait, ...(signal === undefined ? {} : { signal }) },
    async () => {
      const handle = await open(lock, 'wx').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return undefined;
        throw error;
      });
      if (handle === undefined) return { pending: 'somebody else is writing' };
      await handle.close();
      return { done: undefined };
    },
  ).catch((error: unknown) => {
    if (!(error instanceof PollTimeout)) throw error;
    throw new HarnessError('decision-locked', `${lock} is there for more than ${lockWait / 1000} s`, {
      hint: 'if no kola is writing the record, remove the file',
      cause: error,
    });
  });
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
};
