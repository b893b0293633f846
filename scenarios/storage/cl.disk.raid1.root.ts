import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { checkRootArray, rootArray } from '../../src/machine/guest/raid-root.ts';

export default scenario({
  name: 'cl.disk.raid1.root',
  description: 'Ignition makes a raid1 array for the root filesystem, and the machine boots from it again',
  tags: ['storage', 'ignition', 'reboot'],
  platforms: local,
  needs: {
    capabilities: ['raid', 'ext4'],
    disks: [{ serial: 'secondary', sizeMiB: 520 }],
    coldBoot: true,
  },
  timeout: minutes(10),
  userData: rootArray('raid1'),
  sabotage: {
    kind: 'guest',
    fault: 'a file on the array is overwritten at every boot',
    commands: [
      'sudo mkdir -p /etc/tmpfiles.d',
      "echo 'f+ /var/kola-note 0644 root root - lost' | sudo tee /etc/tmpfiles.d/note.conf",
    ],
    fails: { check: 'data-after-reboot' },
  },
  run: t => checkRootArray(t, 'raid1'),
});
