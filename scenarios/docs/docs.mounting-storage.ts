import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { checkOnDisk, dataDevice, dataDisk } from './_data-disk.ts';
import { asRoot } from './_root-script.ts';

const path = '/var/lib/kola-data';
const unit = 'var-lib-kola\\x2ddata.mount';

export default scenario({
  name: 'docs.mounting-storage',
  description: 'A mount unit mounts a filesystem that was made by hand on a disk, now and at the next boot',
  tags: ['docs', 'storage', 'reboot'],
  needs: { capabilities: ['ext4'], disks: [dataDisk] },
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in gives the mount a condition that never holds',
    commands: [
      `sudo mkdir -p '/etc/systemd/system/${unit}.d'`,
      `printf '[Unit]\\nConditionPathExists=/nowhere\\n' | sudo tee '/etc/systemd/system/${unit}.d/10-never.conf'`,
    ],
    fails: { check: 'on-the-disk' },
  },
  run: async t => {
    await t.machine.write(
      `/etc/systemd/system/${unit}`,
      `[Mount]\nWhat=/dev/disk/by-label/KOLA\nWhere=${path}\nType=ext4\n\n[Install]\nWantedBy=local-fs.target\n`,
    );
    await asRoot(
      t.machine,
      [
        `mkfs.ext4 -q -F -L KOLA ${dataDevice}`,
        'udevadm settle',
        `mkdir -p ${path}`,
        'systemctl daemon-reload',
        `systemctl enable --now '${unit}'`,
      ],
      { timeout: minutes(2) },
    );
    await checkOnDisk(t, path);
  },
});
