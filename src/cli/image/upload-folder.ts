import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { journalName } from '../../cloud/image/journal.ts';
import { systemClock } from '../../core/clock.ts';
import { withLock } from '../../image/lock.ts';
import { type Environment, stateRoot } from '../kola-folders.ts';
import type { Terminal } from '../terminal.ts';

/** Milliseconds after which nobody goes on with an upload: what it made has lost its lease long ago. */
const forgetAfter = 24 * 3_600_000;

const lockSuffix = '.lock';

/**
 * A private folder for the upload of one image to one place, the same in each process: what one that was killed left
 * there is gone on with. It goes when `upload` is over. `what` tells uploads apart.
 */
export const inUploadFolder = async <T>(
  what: readonly unknown[],
  terminal: Terminal,
  signal: AbortSignal,
  upload: (folder: string) => Promise<T>,
): Promise<T> => {
  const root = uploadRoot(terminal.env);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await forgetOld(root);
  const name = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16);
  const folder = join(root, name);
  const onWait = (owner: number): void =>
    terminal.err(`Waiting for process ${owner}, which uploads the same image`);
  return withLock(`${folder}${lockSuffix}`, { clock: systemClock, signal, onWait }, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let over = false;
    try {
      const made = await upload(folder);
      over = true;
      return made;
    } finally {
      // A journal that still stands names what could not be taken back.
      if (over || !existsSync(join(folder, journalName))) await rm(folder, { recursive: true, force: true });
    }
  });
};

const uploadRoot = (env: Environment): string => join(stateRoot(env), 'uploads');

/** Disks are large. A folder that is written to is not old. */
const forgetOld = async (root: string): Promise<void> => {
  for (const name of await readdir(root)) {
    if (name.includes(lockSuffix)) continue;
    const facts = await stat(join(root, name, journalName))
      .catch(() => stat(join(root, name)))
      // The process that worked in it was done with it meanwhile.
      .catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > forgetAfter)
      await rm(join(root, name), { recursive: true, force: true });
  }
};
