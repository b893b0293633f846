import type { Sabotage, StatedFailure } from '../../src/core/sabotage.ts';
import { dataDisk, rootPartition } from '../../src/machine/guest/encrypted-volume.ts';

const disk = `/dev/disk/by-id/virtio-${dataDisk.serial}`;
const original = '/run/kola-original';
const copy = '/run/kola-copy';

/**
 * The second disk gets a copy of the root filesystem in the clear, and nothing opens the encrypted volume any more:
 * the machine comes back, with everything on it, from the wrong device. Without a copy nobody could look at it.
 */
const rootInTheClear = (cause: string, command: string, fails: StatedFailure): Sabotage => ({
  kind: 'guest',
  fault: `${cause}, and a copy of the root filesystem in the clear is found instead`,
  commands: [
    `sudo mkfs.ext4 -q -L ROOT ${disk}`,
    `sudo mkdir ${original} ${copy}`,
    // Without what is mounted on top of it: the layer of /etc that lies on the volume is a part of it.
    `sudo mount --bind / ${original} && sudo mount ${disk} ${copy}`,
    `sudo cp -a ${original}/. ${copy}/`,
    // Or the boot waits for a volume that nothing opens.
    `sudo rm -f ${copy}/etc/crypttab`,
    `sudo umount ${original} ${copy}`,
    command,
  ],
  fails,
});

export const lostHeader: Sabotage = rootInTheClear(
  'the volume loses its header',
  `sudo wipefs --all --force --quiet ${rootPartition}`,
  { check: 'encrypted-after-reboot' },
);

/** Where a scenario looks into the header first. The initrd's own unit says that it could not open the volume. */
export const forgetfulTpm: Sabotage = rootInTheClear(
  'the TPM forgets its keys',
  'sudo env TPM2TOOLS_TCTI=device:/dev/tpmrm0 tpm2_clear',
  { says: /^unit \S+\.service failed on machine/ },
);
