import { scenario } from '../../src/core/scenario.ts';
import { blkid } from '../../src/machine/guest/blkid.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { filesystem, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const device = '/dev/disk/by-partlabel/USR-B';
const uuid = '1A37-8FA3';

export default scenario({
  name: 'cl.ignition.v2_1.vfat',
  description: 'Ignition formats a partition as vfat',
  tags: ['ignition', 'storage'],
  platforms: localAndAzure,
  needs: { capabilities: ['vfat', 'ab-slots'] },
  userData: ignition(
    { filesystems: [filesystem(device, 'vfat', { label: 'USR-B', uuid, wipeFilesystem: true })] },
    '2.1',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the partition is formatted as swap',
    capabilities: ['swap'],
    commands: ['sudo mkswap --force /dev/disk/by-partlabel/USR-B'],
    fails: { check: 'type' },
  },
  run: async t => {
    const found = await blkid(t.machine, device);
    t.equal('type', found.TYPE, 'vfat', `type of ${device}`);
    t.equal('uuid', found.UUID, uuid, `UUID of ${device}`);
    t.equal('label', found.LABEL, 'USR-B', `label of ${device}`);
  },
});
