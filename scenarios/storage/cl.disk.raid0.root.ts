import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { checkRootArray, rootArray } from '../../src/machine/guest/raid-root.ts';

export default scenario({
  name: 'cl.disk.raid0.root',
  description: 'Ignition makes a raid0 array for the root filesystem, and the machine boots from it again',
  tags: ['storage', 'ignition', 'reboot'],
  platforms: local,
  needs: {
    capabilities: ['raid', 'ext4'],
    disks: [{ serial: 'secondary', sizeMiB: 520 }],
    coldBoot: true,
  },
  timeout: minutes(10),
  userData: rootArray('raid0'),
  run: t => checkRootArray(t, 'raid0'),
});
