import type { MachineId, RunId } from '../../src/core/ids.ts';

/** Stands in the arguments of every process of a machine, and nowhere else: how a later process knows them. */
export const machineMarker = (run: RunId, machine: MachineId): string => `kola-${run}-${machine}`;

/** Names of the machine's things in the ledger. */
export const resourceKinds = { process: 'process', folder: 'folder' } as const;

/** Left in each machine's folder, so that no other folder can be taken for one. */
export const folderMark = '.kola-qemu-machine';

/** The card on QEMU's user network of the n-th machine of a cluster. */
export const userMac = (index: number): string => {
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  return `52:54:00:76:${hex((index >> 8) & 0xff)}:${hex(index & 0xff)}`;
};
