import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { poll } from '../../src/core/poll.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from '../../src/core/process-identity.ts';
import { folderMark, resourceKinds } from './identity.ts';

/**
 * Destroys what a dead run left: processes first, then folders. A process is only killed when its pid, its start
 * time and the marker in its arguments all say that it is ours; a folder only when our mark lies in it.
 */
export const sweepQemu = async (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> => {
  const gone: string[] = [];
  const inOrder = resources.toSorted(
    (a, b) => Number(a.kind === resourceKinds.folder) - Number(b.kind === resourceKinds.folder),
  );
  for (const resource of inOrder) {
    context.signal.throwIfAborted();
    try {
      await sweepOne(resource, context);
      gone.push(resource.entry);
    } catch (error) {
      context.log(`Failed to destroy ${resource.kind} ${resource.name}: ${String(error)}`);
    }
  }
  return gone;
};

const sweepOne = async (resource: OwnedResource, context: SweepContext): Promise<void> => {
  if (resource.kind === resourceKinds.process) await sweepProcess(resource, context);
  else if (resource.kind === resourceKinds.folder) await sweepFolder(resource, context);
  else throw new TypeError(`unknown kind of resource ${resource.kind}`);
};

const sweepProcess = async (resource: OwnedResource, context: SweepContext): Promise<void> => {
  for (const identity of ourProcesses(resource)) {
    process.kill(identity.pid, 'SIGKILL');
    context.log(`Killed process ${identity.pid} (${resource.name})`);
    await poll(
      { every: 10, until: 10_000, signal: context.signal, what: `process ${identity.pid} to end` },
      async () => (isAlive(identity) ? { pending: 'still there' } : { done: undefined }),
    );
  }
};

const ourProcesses = (resource: OwnedResource): readonly ProcessIdentity[] => {
  const startTime = resource.detail?.startTime;
  if (resource.id !== undefined && startTime !== undefined) {
    const identity = { pid: Number(resource.id), startTime };
    return isAlive(identity) && bearsMarker(identity.pid, resource.name) ? [identity] : [];
  }
  // The run died between the intent and the answer: the marker is all there is to go by.
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => bearsMarker(pid, resource.name) && isEmulator(pid))
    .map(identifyProcess)
    .filter(identity => identity !== undefined);
};

const readArguments = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
};

/** QEMU has the marker as an argument of its own, swtpm in the name of its socket. */
const bearsMarker = (pid: number, marker: string): boolean =>
  readArguments(pid).some(argument => argument === marker || argument.endsWith(`path=${marker}.sock`));

/** Somebody may just look for the marker with grep. */
const isEmulator = (pid: number): boolean =>
  /^(qemu-system-\w+|swtpm|setpriv)$/.test(basename(readArguments(pid)[0] ?? ''));

const sweepFolder = async (resource: OwnedResource, context: SweepContext): Promise<void> => {
  const path = resource.name;
  if (!existsSync(path)) return;
  if (!isAbsolute(path) || !lstatSync(path).isDirectory()) throw new TypeError('it is no folder of ours');
  const mark = join(path, folderMark);
  if (!existsSync(mark)) {
    // The run died right after making it. Anything but an empty folder is refused by the call itself.
    await rmdir(path);
    return;
  }
  if (!readFileSync(mark, 'utf8').startsWith(`kola-${resource.run}-`))
    throw new TypeError('it belongs to another run');
  await rm(path, { recursive: true, force: true });
  context.log(`Removed ${path}`);
};
