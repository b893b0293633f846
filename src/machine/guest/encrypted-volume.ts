import { z } from 'zod';
import type { IgnitionClevis, IgnitionConfig } from '../../core/ignition.ts';
import type { Machine } from '../../core/machine.ts';
import type { CheckContext, DiskNeed } from '../../core/scenario.ts';
import { filesystem, type IgnitionParts } from '../user-data/ignition/builders.ts';
import { blockDevices, mountedAt } from './lsblk.ts';
import { mountUnit } from './mount-unit.ts';

/** Where a volume that is not the root one lies, and where it is mounted. */
export const dataPath = '/mnt/data';
export const dataDisk: DiskNeed = { serial: 'secondary', sizeMiB: 520 };

/** What opens the volume; without clevis Ignition makes a key and leaves it in /etc/luks. */
type Lock = { readonly clevis?: IgnitionClevis };

export const rootPartition = '/dev/disk/by-partlabel/ROOT';

/** The root partition as an encrypted volume with a fresh filesystem. */
export const encryptedRoot = (lock: Lock): IgnitionParts => ({
  luks: [{ name: 'rootencrypted', device: rootPartition, label: 'rootencrypted', wipeVolume: true, ...lock }],
  filesystems: [filesystem('/dev/mapper/rootencrypted', 'ext4', { label: 'ROOT', wipeFilesystem: true })],
});

/** A partition of the second disk as an encrypted volume; `network` = it can only be opened once there is one. */
export const encryptedData = (lock: Lock, network: boolean): IgnitionParts => {
  const disks: NonNullable<IgnitionConfig['storage']>['disks'] = [
    {
      device: `/dev/disk/by-id/virtio-${dataDisk.serial}`,
      wipeTable: true,
      partitions: [{ number: 1, label: 'data', sizeMiB: 500 }],
    },
  ];
  const device = '/dev/mapper/dataencrypted';
  return {
    disks,
    luks: [
      {
        name: 'dataencrypted',
        device: '/dev/disk/by-partlabel/data',
        label: 'dataencrypted',
        wipeVolume: true,
        ...lock,
      },
    ],
    filesystems: [filesystem(device, 'ext4', { label: 'DATA', wipeFilesystem: true })],
    units: [
      mountUnit(device, dataPath, {
        type: 'ext4',
        ...(network ? { options: '_netdev', target: 'remote-fs.target' } : {}),
      }),
    ],
  };
};

/** What is mounted there lies on an encrypted volume, also after a reboot in which nobody typed anything. */
export const checkEncrypted = async (t: CheckContext, machine: Machine, path: string): Promise<void> => {
  const type = async (): Promise<string> => mountedAt(await blockDevices(machine), path).type;
  t.equal('encrypted', await type(), 'crypt', `type of the device at ${path}`);
  const note = path === '/' ? '/var/kola-note' : `${path}/kola-note`;
  await machine.run(`echo kept | sudo tee ${note} >/dev/null && sync`);
  await machine.reboot();
  t.equal('encrypted-after-reboot', await type(), 'crypt', `type of the device at ${path} after the reboot`);
  t.equal('data-after-reboot', await machine.run(`cat ${note}`), 'kept', `${note} after the reboot`);
};

const tokensSchema = z.object({
  tokens: z.record(z.string(), z.object({ type: z.string(), 'tpm2-pcrs': z.array(z.number()).optional() })),
});

/**
 * Reads `cryptsetup luksDump --dump-json-metadata`: the platform registers that each binding to a TPM
 * depends on, in order; an empty list binds to the TPM alone.
 */
export const tpmBindings = (json: string): readonly (readonly number[])[] =>
  Object.values(tokensSchema.parse(JSON.parse(json)).tokens)
    .filter(({ type }) => type === 'systemd-tpm2')
    .map(({ 'tpm2-pcrs': registers }) => (registers ?? []).toSorted((a, b) => a - b));

/** How the root volume is bound now. */
export const rootBindings = async (machine: Machine): Promise<readonly (readonly number[])[]> =>
  tpmBindings(await machine.run(`sudo cryptsetup luksDump --dump-json-metadata ${rootPartition}`));
