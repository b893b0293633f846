/** One build of an image at a time: a folder beside it that names its owner, taken over when the owner is gone. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;
/** A lock whose owner has not written its id after this long was left by a process that died in between. */
const GRACE_POLLS = 10;

export async function withBuildLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  body: () => Promise<T>,
): Promise<T> {
  await takeLock(path, signal);
  try {
    return await body();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function takeLock(path: string, signal: AbortSignal | undefined): Promise<void> {
  for (let unnamed = 0; ; ) {
    signal?.throwIfAborted();
    try {
      await mkdir(path);
      await writeFile(join(path, 'pid'), `${process.pid}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await lockOwner(path);
    unnamed = owner === undefined ? unnamed + 1 : 0;
    if ((owner !== undefined && !isAlive(owner)) || unnamed > GRACE_POLLS)
      await rm(path, { recursive: true, force: true });
    else await sleep(POLL_MS, undefined, { signal });
  }
}

async function lockOwner(path: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(join(path, 'pid'), 'utf8'), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
