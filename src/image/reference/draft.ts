import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { withLock } from '../lock.ts';

export interface DraftOptions {
  /** Whether the finished folder will do. */
  readonly finished: () => Promise<boolean>;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the folder `dir` as a whole or not at all: `fill` writes a draft beside it, which takes its place at the end. One
 * process at a time; who waited takes what the other one made. Gives back whether anything was made.
 */
export const makeOnce = async (
  dir: string,
  { finished, log, signal }: DraftOptions,
  fill: (draft: string, workDir: string) => Promise<void>,
): Promise<boolean> => {
  if (await finished()) return false;
  const beside = join(dirname(dir), `.${basename(dir)}`);
  const onWait = (owner: number): void =>
    log?.(`Waiting for ${owner === 0 ? 'another process' : `process ${owner}`}, which makes ${dir}`);
  const lock = { clock: systemClock, onWait, ...(signal === undefined ? {} : { signal }) };
  return withLock(`${beside}.lock`, lock, async () => {
    if (await finished()) return false;
    await removeAbandoned(`${beside}.build-`);
    const workDir = await mkdtemp(`${beside}.build-`);
    try {
      const draft = join(workDir, 'image');
      await mkdir(draft);
      await fill(draft, workDir);
      signal?.throwIfAborted();
      if (await exists(dir)) await rename(dir, join(workDir, 'replaced'));
      await rename(draft, dir);
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
    return true;
  });
};

/** Whoever holds the lock is the only one at work: other drafts are of processes that were killed. */
const removeAbandoned = async (prefix: string): Promise<void> => {
  for (const name of await readdir(dirname(prefix)))
    if (name.startsWith(basename(prefix)))
      await rm(join(dirname(prefix), name), { recursive: true, force: true });
};

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
