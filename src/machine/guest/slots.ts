import { minutes } from '../../core/clock.ts';
import { ProductError } from '../../core/errors.ts';
import type { Machine } from '../../core/machine.ts';
import type { Sabotage } from '../../core/sabotage.ts';
import type { CheckContext } from '../../core/scenario.ts';
import type { UserData } from '../../core/user-data.ts';
import { ignition, unit } from '../user-data/ignition/builders.ts';
import { silenced } from './replaced-program.ts';

/** Nobody else touches the slots while a scenario does. */
export const withoutUpdates: UserData = ignition(
  { units: [unit('update-engine.service', { mask: true }), unit('locksmithd.service', { mask: true })] },
  '2.3',
);

/** Bytes of /usr, and at once where its hash tree begins: the same in every release. */
export const usrBytes = 1_065_345_024;

/** `/dev/vda4` and `/dev/nvme0n1p4` in disk and number. */
export const splitPartition = (
  device: string,
): { readonly disk: string; readonly number: string } | undefined => {
  const [, disk, number] = /^(.*\d)p(\d+)$/.exec(device) ?? /^(.*\D)(\d+)$/.exec(device) ?? [];
  return disk === undefined || number === undefined ? undefined : { disk, number };
};

/** The device that /usr is read from. */
export const usrPartition = (machine: Machine): Promise<string> =>
  machine.run('readlink -f "$(rootdev -s /usr)"');

/** The device of a slot. */
export const slotDevice = (machine: Machine, slot: 'USR-A' | 'USR-B'): Promise<string> =>
  machine.run(`readlink -f /dev/disk/by-partlabel/${slot}`);

/** A check: /usr is read from this slot. */
export const checkBootedFrom = async (t: CheckContext, id: string, slot: 'USR-A' | 'USR-B'): Promise<void> =>
  t.equal(id, await usrPartition(t.machine), await slotDevice(t.machine, slot), 'partition of /usr');

/** Only root may look into /boot. */
const copyKernelScript = `set -eu
cd /boot/flatcar
for file in *-a *-a.*; do
  [ ! -e "$file" ] || cp "$file" "$(echo "$file" | sed -E 's/-a(\\.[^.]*)?$/-b\\1/')"
done
sync`;

/** Copies the kernel for slot B, and whatever else beside it carries the letter of its slot. */
export const copyKernel = async (machine: Machine): Promise<void> => {
  await machine.run('sudo sh -s', { input: copyKernelScript });
};

/** Slot B becomes what slot A is. */
export const copySlot = async (machine: Machine): Promise<void> => {
  const [a, b] = [await slotDevice(machine, 'USR-A'), await slotDevice(machine, 'USR-B')];
  await machine.run(`sudo dd if=${a} of=${b} bs=10M conv=fsync status=none`, { timeout: minutes(5) });
  await copyKernel(machine);
};

const partition = (device: string): { readonly disk: string; readonly number: string } => {
  const found = splitPartition(device);
  if (found === undefined)
    throw new ProductError('no-partition', `expected a partition's device, found ${device}`);
  return found;
};

/** Slot B is to be tried once at the next boot, before any other. */
export const tryOnce = async (machine: Machine): Promise<void> => {
  const { disk, number } = partition(await slotDevice(machine, 'USR-B'));
  await machine.run(`sudo cgpt repair ${disk}`);
  await machine.run(`sudo cgpt add -i ${number} -S0 -T1 ${disk}`);
  await machine.run(`sudo cgpt prioritize -i ${number} ${disk}`);
};

/** How often the boot loader may still try slot B. */
export const triesLeft = async (machine: Machine): Promise<number> => {
  const { disk, number } = partition(await slotDevice(machine, 'USR-B'));
  return Number(await machine.run(`sudo cgpt show -i ${number} -T ${disk}`));
};

/** Puts 64 hexadecimal digits where the boot loader takes slot B's root hash from, as the image's manifest says. */
export const writeRootHash = async (t: CheckContext, hash: string): Promise<void> => {
  const { where, offset, path } = t.image.usrHash;
  if (where === 'kernel') {
    const seek = offset ?? (t.arch === 'amd64' ? 64 : 512);
    await t.machine.run(
      `printf %s ${hash} | sudo dd of=/boot/flatcar/vmlinuz-b bs=1 seek=${seek} count=64 conv=notrunc,fsync status=none`,
    );
    return;
  }
  const target = `/boot${(path ?? '').replace(/-a(?=\.|$)/, '-b')}`;
  const before = await t.machine.read(target);
  const after = before.replace(/\b[0-9a-f]{64}\b/, hash);
  if (after === before)
    throw new ProductError('no-root-hash', `expected a root hash in ${target}, found none`);
  await t.machine.write(target, after);
  await t.machine.run('sync');
};

/**
 * Reboots a machine whose slot B is broken and has priority: the boot loader must have tried it, and must have
 * come back to slot A.
 */
export const checkFallsBack = async (t: CheckContext): Promise<void> => {
  const { machine } = t;
  const a = await slotDevice(machine, 'USR-A');
  t.equal('to-be-tried', await triesLeft(machine), 1, 'tries of slot B before the reboot');
  await machine.reboot();
  t.equal('back-on-a', await usrPartition(machine), a, 'partition of /usr after the reboot');
  // A boot loader that never looked at slot B would be on A as well.
  t.equal('b-was-tried', await triesLeft(machine), 0, 'tries of slot B after the reboot');
};

/** Under this, nothing that rests on the choice of a slot may pass. */
export const deafCgpt = (check: string): Sabotage => ({
  kind: 'guest',
  fault: 'the program that changes priorities does nothing',
  commands: [silenced('cgpt')],
  fails: { check },
});
