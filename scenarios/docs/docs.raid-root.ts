import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { blockDevices, mountedAt } from '../../src/machine/guest/lsblk.ts';
import { rootArray } from '../../src/machine/guest/raid-root.ts';
import { checkLostMember } from './_lost-member.ts';

export default scenario({
  name: 'docs.raid-root',
  description: 'A machine whose root filesystem Ignition put on an array works on when a member of it fails',
  tags: ['docs', 'storage', 'ignition'],
  needs: {
    capabilities: ['raid', 'ext4'],
    disks: [{ serial: 'secondary', sizeMiB: 520 }],
    coldBoot: true,
  },
  timeout: minutes(10),
  userData: rootArray('raid1'),
  sabotage: {
    kind: 'guest',
    fault: 'the array has lost a member before',
    commands: [
      'sudo mdadm --quiet "$(findmnt -n -o SOURCE /)" --fail "$(readlink -f /dev/disk/by-partlabel/root2)"',
    ],
    fails: { check: 'whole' },
  },
  run: async t => {
    const { type, name } = mountedAt(await blockDevices(t.machine), '/');
    t.equal('level', type, 'raid1', 'type of the device at /');
    await checkLostMember(t, { array: `/dev/${name}`, member: 'root1', folder: '/var' });
  },
});
