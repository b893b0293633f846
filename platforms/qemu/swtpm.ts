import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvisioningError } from '../../src/core/errors.ts';
import { poll } from '../../src/core/poll.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { needProgram } from './programs.ts';

export interface TpmOptions {
  /** The machine's folder; sockets are named relative to it, as their paths may have 107 bytes at most. */
  readonly folder: string;
  /** Part of the socket's name, so that the process can be recognised. */
  readonly marker: string;
  readonly keep: boolean;
}

export const tpmSocketName = (marker: string): string => `${marker}.sock`;

/** Starts a software TPM 2.0. It ends with the QEMU that connects to it. */
export const startTpm = async ({ folder, marker, keep }: TpmOptions): Promise<RunningProcess> => {
  const program = await needProgram('swtpm');
  await mkdir(join(folder, 'tpm'), { mode: 0o700, recursive: true });
  const args = [
    'socket',
    '--tpm2',
    '--terminate',
    '--tpmstate',
    'dir=tpm',
    '--ctrl',
    `type=unixio,path=${tpmSocketName(marker)}`,
  ];
  const tpm = await startProcess({ program, args, cwd: folder, keep });
  for (const pipe of [tpm.channel, tpm.line]) pipe.resume();
  return tpm;
};

/** Waits until the TPM listens. */
export const awaitTpm = async (
  tpm: RunningProcess,
  folder: string,
  marker: string,
  signal: AbortSignal,
): Promise<void> => {
  const socket = join(folder, tpmSocketName(marker));
  let ended = false;
  void tpm.exited.then(() => {
    ended = true;
  });
  await poll({ every: 20, until: 10_000, signal, what: 'swtpm to listen' }, async () => {
    if (ended)
      throw new ProvisioningError('swtpm', `swtpm ended at once: ${tpm.complaint() || 'it said nothing'}`);
    return existsSync(socket) ? { done: undefined } : { pending: 'no socket yet' };
  });
};
