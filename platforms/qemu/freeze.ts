import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ProvisioningError } from '../../src/core/errors.ts';
import { asleepWord, awakeWord } from '../../src/core/platform.ts';
import { poll } from '../../src/core/poll.ts';
import type { QmpClient } from './qmp.ts';
import type { SerialLine } from './serial-line.ts';

/** The guest's memory, and the state of its devices, in the folder of a frozen machine. */
export const memoryFile = 'memory.bin';
const devicesFile = 'devices.bin';
/** Its console up to that moment. */
const frozenConsole = 'console.txt';
/** Names of what a clone needs of a frozen machine. Its user-data and its config drive, which hold keys, are not among them. */
export const frozenFile = /^(memory\.bin|devices\.bin|console\.txt|(primary|extra-\d+)\.qcow2)$/;

/** Milliseconds that QEMU may take to write or read the state of devices: a few megabytes. */
const migrationLimit = 60_000;
/** Milliseconds, on hardware, that a machine may take to come to rest, and a clone to answer. */
const asleepLimit = 20_000;
const awakeLimit = 10_000;

const shellQuote = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

/** The way to a running machine. */
export interface Controls {
  readonly qmp: QmpClient;
  readonly line: SerialLine;
}

/** Memory lies in a file already and is left out of what QEMU writes and reads. */
const leaveOutMemory = async (qmp: QmpClient, signal: AbortSignal): Promise<void> => {
  const capabilities = [{ capability: 'x-ignore-shared', state: true }];
  await qmp.execute('migrate-set-capabilities', { capabilities }, signal);
};

/** Waits until a machine rests, stops it and writes its devices to `folder`. It is of no more use afterwards. */
export const freeze = async (
  { qmp, line }: Controls,
  { folder, consoleFile, slowdown }: { folder: string; consoleFile: string; slowdown: number },
  signal: AbortSignal,
): Promise<void> => {
  await line.word(asleepWord, asleepLimit * slowdown, signal);
  await qmp.execute('stop', {}, signal);
  await copyFile(consoleFile, join(folder, frozenConsole));
  await leaveOutMemory(qmp, signal);
  // Without a limit: the file is local, and the machine stands still meanwhile.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 0 }, signal);
  await qmp.execute('migrate', { uri: `exec:cat > ${shellQuote(join(folder, devicesFile))}` }, signal);
  await poll({ every: 25, until: migrationLimit, signal, what: 'QEMU to write the devices' }, async () => {
    const { status } = migrationSchema.parse(await qmp.execute('query-migrate', {}, signal));
    if (status === 'failed')
      throw new ProvisioningError('freeze', 'QEMU could not write the state of the machine');
    return status === 'completed' ? { done: undefined } : { pending: status ?? 'none' };
  });
};

const migrationSchema = z.object({ status: z.string().optional() });
const statusSchema = z.object({ status: z.string() });

/** A clone's console starts with its template's: the boot that it did not make. */
export const copyConsole = (folder: string, consoleFile: string): Promise<void> =>
  copyFile(join(folder, frozenConsole), consoleFile);

/** Reads the devices of the machine frozen in `folder`, then lets the clone go on. Throws when QEMU cannot use them. */
export const resume = async (qmp: QmpClient, folder: string, signal: AbortSignal): Promise<void> => {
  await leaveOutMemory(qmp, signal);
  const uri = `exec:cat ${shellQuote(join(folder, devicesFile))}`;
  await qmp.execute('migrate-incoming', { uri }, signal);
  await poll({ every: 10, until: migrationLimit, signal, what: 'QEMU to read the devices' }, async () => {
    const { status } = statusSchema.parse(await qmp.execute('query-status', {}, signal));
    return status === 'inmigrate' ? { pending: status } : { done: undefined };
  });
  await qmp.execute('cont', {}, signal);
};

/** Sends a clone its script and waits until it has run it. */
export const awaken = async (
  { line }: Pick<Controls, 'line'>,
  script: string,
  slowdown: number,
  signal: AbortSignal,
): Promise<void> => {
  line.write(`${Buffer.byteLength(script)}\n${script}`);
  const code = await line.word(awakeWord, awakeLimit * slowdown, signal);
  if (code !== '0')
    throw new ProvisioningError('awaken', `the script that makes a machine a clone exited ${code}`);
};
