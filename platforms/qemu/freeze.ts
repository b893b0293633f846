import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ProvisioningError } from '../../src/core/errors.ts';
import { poll } from '../../src/core/poll.ts';
import type { QmpClient } from './qmp.ts';

/** The memory and device state of a frozen machine, in its folder. */
export const memoryFile = 'memory.bin';
/** Its console up to that moment, in its folder. */
const frozenConsole = 'console.txt';

/** Milliseconds that QEMU may take to write or read 1–2 GB of guest memory. */
const migrationLimit = 120_000;

const shellQuote = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

/** Stops a machine and writes its memory and devices to its folder. It is of no more use afterwards. */
export const writeMemory = async (
  qmp: QmpClient,
  folder: string,
  consoleFile: string,
  signal: AbortSignal,
): Promise<void> => {
  await qmp.execute('stop', {}, signal);
  await copyFile(consoleFile, join(folder, frozenConsole));
  // Without a limit: the file is local, and the machine stands still meanwhile.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 0 }, signal);
  await qmp.execute('migrate', { uri: `exec:cat > ${shellQuote(join(folder, memoryFile))}` }, signal);
  await poll({ every: 50, until: migrationLimit, signal, what: 'QEMU to write the memory' }, async () => {
    const { status } = migrationSchema.parse(await qmp.execute('query-migrate', {}, signal));
    if (status === 'failed')
      throw new ProvisioningError('freeze', 'QEMU could not write the memory of the machine');
    return status === 'completed' ? { done: undefined } : { pending: status ?? 'none' };
  });
};

const migrationSchema = z.object({ status: z.string().optional() });
const statusSchema = z.object({ status: z.string() });

/** What a clone is told so that it starts from frozen memory. */
export const incoming = (folder: string): string => `exec:cat ${shellQuote(join(folder, memoryFile))}`;

/** A clone's console starts with its template's: the boot that it did not make. */
export const copyConsole = (folder: string, consoleFile: string): Promise<void> =>
  copyFile(join(folder, frozenConsole), consoleFile);

/** Waits until the memory is read, then lets the machine go on. Throws when QEMU cannot use it. */
export const resume = async (qmp: QmpClient, signal: AbortSignal): Promise<void> => {
  await poll({ every: 25, until: migrationLimit, signal, what: 'QEMU to read the memory' }, async () => {
    const { status } = statusSchema.parse(await qmp.execute('query-status', {}, signal));
    return status === 'inmigrate' ? { pending: status } : { done: undefined };
  });
  await qmp.execute('cont', {}, signal);
};
