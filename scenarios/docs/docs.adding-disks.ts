import { scenario } from '../../src/core/scenario.ts';
import { mountUnit } from '../../src/machine/guest/mount-unit.ts';
import { filesystem, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { checkOnDisk, dataDevice, dataDisk } from './_data-disk.ts';

const path = '/media/data';

export default scenario({
  name: 'docs.adding-disks',
  description: 'Ignition partitions and formats a disk that was added, and it is mounted at each boot',
  tags: ['docs', 'storage', 'ignition', 'reboot'],
  needs: { capabilities: ['ext4'], disks: [dataDisk] },
  userData: ignition({
    disks: [{ device: dataDevice, wipeTable: true, partitions: [{ number: 1, label: 'kola-data' }] }],
    filesystems: [filesystem('/dev/disk/by-partlabel/kola-data', 'ext4', { wipeFilesystem: true })],
    units: [mountUnit('/dev/disk/by-partlabel/kola-data', path, { type: 'ext4' })],
  }),
  sabotage: {
    kind: 'guest',
    fault: 'the filesystem of the disk is not mounted any more',
    commands: ['sudo systemctl stop media-data.mount'],
    fails: { check: 'on-the-disk' },
  },
  run: t => checkOnDisk(t, path),
});
