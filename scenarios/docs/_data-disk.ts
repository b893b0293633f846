import type { CheckContext, DiskNeed } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

export const dataDisk: DiskNeed = { serial: 'kola-data', sizeMiB: 256 };
export const dataDevice = `/dev/disk/by-id/virtio-${dataDisk.serial}`;

/** What is at a path lies on the extra disk, and what is written there is there again after a reboot. */
export const checkOnDisk = async (t: CheckContext, path: string): Promise<void> => {
  const { machine } = t;
  const disk = await machine.run(`basename "$(readlink -f ${dataDevice})"`);
  const under = async (): Promise<string> =>
    machine.run(
      `device=$(basename "$(readlink -f "$(findmnt -n -o SOURCE --target ${path})")"); parent=$(lsblk -n -d -o PKNAME "/dev/$device" 2>/dev/null | tr -d ' '); echo "\x24{parent:-$device}"`,
    );
  t.equal('on-the-disk', await under(), disk, `disk under ${path}`);
  await asRoot(machine, [`echo kept >${path}/note`, 'sync']);
  await machine.reboot();
  t.equal('on-the-disk-after-reboot', await under(), disk, `disk under ${path} after the reboot`);
  t.equal('data-after-reboot', await machine.run(`cat ${path}/note`), 'kept', `${path}/note`);
};
