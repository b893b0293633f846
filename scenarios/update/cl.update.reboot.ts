import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const slot = (label: string): string => `/dev/disk/by-partlabel/${label}`;

const usrPartition = (machine: Machine): Promise<string> => machine.run('readlink -f "$(rootdev -s /usr)"');

/** Copies the kernel, and whatever else beside it carries the letter of its slot. */
const copyKernel = `cd /boot/flatcar
for file in *-a *-a.*; do
  if [ -e "$file" ]; then sudo cp "$file" "$(echo "$file" | sed -E 's/-a(\\.[^.]*)?$/-b\\1/')"; fi
done
sync`;

/** `/dev/vda4` and `/dev/nvme0n1p4` in disk and number. */
export const splitPartition = (
  device: string,
): { readonly disk: string; readonly number: string } | undefined => {
  const [, disk, number] = /^(.*\d)p(\d+)$/.exec(device) ?? /^(.*\D)(\d+)$/.exec(device) ?? [];
  return disk === undefined || number === undefined ? undefined : { disk, number };
};

export default scenario({
  name: 'cl.update.reboot',
  description: 'A machine whose other slot is given priority boots from it',
  tags: ['update', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['ab-slots', 'cgpt'] },
  timeout: minutes(10),
  userData: ignition(
    { units: [unit('update-engine.service', { mask: true }), unit('locksmithd.service', { mask: true })] },
    '2.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the program that changes priorities does nothing',
    commands: ['sudo mount --bind "$(command -v true)" "$(sudo sh -c \'command -v cgpt\')"'],
    fails: { check: 'now-on-b' },
  },
  run: async t => {
    const { machine } = t;
    const a = await machine.run(`readlink -f ${slot('USR-A')}`);
    const b = await machine.run(`readlink -f ${slot('USR-B')}`);
    t.equal('starts-on-a', await usrPartition(machine), a, 'partition of /usr');
    await machine.run(`sudo dd if=${a} of=${b} bs=10M conv=fsync status=none`, { timeout: minutes(5) });
    await machine.run(copyKernel);
    const { disk, number } = splitPartition(b) ?? t.fail(`no partition number in ${b}`);
    await machine.run(`sudo cgpt repair ${disk}`);
    await machine.run(`sudo cgpt add -i ${number} -S0 -T1 ${disk}`);
    await machine.run(`sudo cgpt prioritize -i ${number} ${disk}`);
    await machine.reboot();
    t.equal('now-on-b', await usrPartition(machine), b, 'partition of /usr after the reboot');
  },
});
