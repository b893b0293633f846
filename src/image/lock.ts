import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { poll } from '../core/poll.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from '../core/process-identity.ts';

const interval = 200;
const patience = 6 * 3_600_000;
/** Milliseconds after which a lock whose owner cannot be read was left by a machine that went down. */
const unreadableFor = 5000;

export interface LockOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called once when another process holds the lock. */
  readonly onWait?: (owner: number) => void;
}

/** Runs `body` while no other process of this machine holds the lock; a lock whose owner has died is taken over. */
export const withLock = async <T>(path: string, options: LockOptions, body: () => Promise<T>): Promise<T> => {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  await poll(
    {
      every: interval,
      until: patience,
      what: `the lock ${path}`,
      clock: options.clock,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    async () => {
      const owner = await take(path);
      if (owner === undefined) return { done: true };
      if (!told) options.onWait?.(owner);
      told = true;
      return { pending: `held by process ${owner}` };
    },
  );
  try {
    return await body();
  } finally {
    await release(path);
  }
};

/** Undefined when it is ours now, else the pid of whoever has it (0 = it cannot be read). */
const take = async (path: string): Promise<number | undefined> => {
  const file = join(path, 'owner');
  const owner = await readOwner(file);
  if (owner !== undefined && isAlive(owner)) return owner.pid;
  if (owner !== undefined) await breakLock(path);
  if (await claim(path)) return undefined;
  const faster = await readOwner(file);
  if (faster === undefined && (await isOld(path))) await breakLock(path);
  return faster?.pid ?? 0;
};

/**
 * The folder has its owner's name in it before it becomes the lock: between two steps a loaded machine may take as long as
 * it likes. rename(2) takes the place of an empty folder, and of no other.
 */
const claim = async (path: string): Promise<boolean> => {
  const own = `${path}.new-${randomUUID()}`;
  try {
    await mkdir(own);
    await writeFile(join(own, 'owner'), JSON.stringify(identifyProcess(process.pid)));
    await rename(own, path);
    return true;
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))
      return false;
    throw error;
  }
};

/** Renamed first: emptied in its place, it could be another's before it is removed. */
const release = async (path: string): Promise<void> => {
  const aside = `${path}.over-${randomUUID()}`;
  // It is gone when somebody removed the cache meanwhile.
  await rename(path, aside).catch(() => {});
  await rm(aside, { recursive: true, force: true });
};

const isOld = (path: string): Promise<boolean> =>
  stat(path).then(
    facts => Date.now() - facts.mtimeMs > unreadableFor,
    () => false,
  );

/** Renamed first: of several that find a dead owner, one wins, and none removes the winner's new lock. */
const breakLock = async (path: string): Promise<void> => {
  const aside = `${path}.dead-${randomUUID()}`;
  try {
    await rename(path, aside);
    const owner = await readOwner(join(aside, 'owner'));
    // It changed hands between our look and our grip.
    if (owner !== undefined && isAlive(owner)) await rename(aside, path);
    else await rm(aside, { recursive: true, force: true });
  } catch {
    // Somebody else was faster.
  }
};

const readOwner = async (path: string): Promise<ProcessIdentity | undefined> => {
  try {
    const owner: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isIdentity(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
};

const isIdentity = (value: unknown): value is ProcessIdentity =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  typeof value.pid === 'number' &&
  'startTime' in value &&
  typeof value.startTime === 'string';

const leaseFolder = (cacheDir: string, name: string): string => join(cacheDir, '.leases', name);

/**
 * Says that this process uses an image of the cache, so that nobody prunes it. Nothing has to be given back: a lease ends
 * with its process.
 */
export const lease = async (cacheDir: string, name: string): Promise<void> => {
  const folder = leaseFolder(cacheDir, name);
  await mkdir(folder, { recursive: true });
  const own = join(folder, String(process.pid));
  await rm(own, { force: true });
  await writeFile(own, JSON.stringify(identifyProcess(process.pid)));
};

/** Whether a living process holds a lease; leases of dead ones are removed. */
export const isLeased = async (cacheDir: string, name: string): Promise<boolean> => {
  const folder = leaseFolder(cacheDir, name);
  let alive = false;
  for (const one of await readdir(folder).catch(() => [])) {
    const owner = await readOwner(join(folder, one));
    if (owner !== undefined && isAlive(owner)) alive = true;
  }
  return alive;
};

/** When a process last took a lease, milliseconds since the epoch; undefined = never. */
export const lastUsed = (cacheDir: string, name: string): Promise<number | undefined> =>
  stat(leaseFolder(cacheDir, name)).then(
    facts => facts.mtimeMs,
    () => undefined,
  );

export const forgetLeases = (cacheDir: string, name: string): Promise<void> =>
  rm(leaseFolder(cacheDir, name), { recursive: true, force: true });
