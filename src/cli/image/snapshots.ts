import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { SnapshotStore, type StoredSnapshot } from '../../machine/snapshots/store.ts';
import type { CommandInput } from '../command.ts';
import { snapshotRoot } from '../kola-folders.ts';
import type { Terminal } from '../terminal.ts';

/** The machines that were booted once; `limit` is what they may take together, in bytes. */
export const openSnapshots = (terminal: Terminal, limit: number): SnapshotStore =>
  new SnapshotStore({ folder: snapshotRoot(terminal.env), limit }, terminal.err);

/** `kola image snapshots [rm]`. */
export const snapshots = async (
  { settings, terminal }: CommandInput,
  words: readonly string[],
): Promise<ExitCode> => {
  const [word, ...more] = words;
  if ((word !== undefined && word !== 'rm') || more.length > 0)
    throw new UsageError(
      'image-snapshots',
      `kola image snapshots: expected rm or nothing, found ${words.join(' ')}`,
    );
  if (word === 'rm') {
    for (const { name } of await openSnapshots(terminal, 0).prune()) terminal.out(`removed ${name}`);
    return exitCode.passed;
  }
  const found = await openSnapshots(terminal, Number.POSITIVE_INFINITY).list();
  if (settings.on('json')) terminal.out(JSON.stringify({ snapshots: found }, null, 2));
  else if (found.length === 0) terminal.err(`no snapshot in ${snapshotRoot(terminal.env)}`);
  else for (const snapshot of found) terminal.out(describe(snapshot));
  return exitCode.passed;
};

const describe = ({ name, bytes, used, description }: StoredSnapshot): string => {
  const day = new Date(used).toISOString().slice(0, 10);
  const what = `${description?.memoryMiB} MiB guest of ${description?.image} (${description?.accelerator})`;
  return `${name.slice(0, 12)}  ${Math.round(bytes / 2 ** 20)} MiB  ${day}  ${what}`;
};
