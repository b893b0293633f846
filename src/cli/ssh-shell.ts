import { spawn } from 'node:child_process';
import { UsageError } from '../core/errors.ts';
import type { SpawnedMachine } from '../run/spawn-request.ts';
import { locate } from './host/presence.ts';

/** Arguments with which the system's `ssh` reaches a spawned machine. The key is named by file, never shown. */
export const sshArguments = (machine: SpawnedMachine): readonly string[] => [
  // The user's own ssh configuration must not lead elsewhere.
  '-F',
  '/dev/null',
  '-i',
  machine.keyFile,
  '-o',
  'IdentitiesOnly=yes',
  '-o',
  `UserKnownHostsFile=${machine.knownHostsFile}`,
  '-o',
  'StrictHostKeyChecking=yes',
  '-p',
  String(machine.port),
  `${machine.user}@${machine.host}`,
];

/** `ssh …`, quoted so that it can be pasted. */
export const sshCommandLine = (machine: SpawnedMachine): string =>
  ['ssh', ...sshArguments(machine)]
    .map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`))
    .join(' ');

/** Opens a shell on a machine and resolves when the user leaves it, or the signal ends it. */
export const openShell = async (machine: SpawnedMachine, signal: AbortSignal): Promise<void> => {
  const ssh = locate('ssh');
  if (ssh === undefined)
    throw new UsageError('no-ssh', 'kola spawn opens its shell with the program ssh, which is not there', {
      hint: 'kola setup installs it; kola spawn --shell=false prints the address instead',
    });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(ssh, sshArguments(machine), { stdio: 'inherit' });
  const hangUp = (): void => {
    child.kill('SIGTERM');
  };
  signal.addEventListener('abort', hangUp, { once: true });
  child.once('error', reject);
  child.once('exit', () => resolve());
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', hangUp);
  }
};
