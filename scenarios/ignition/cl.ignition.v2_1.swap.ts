import { scenario } from '../../src/core/scenario.ts';
import { blkid } from '../../src/machine/guest/blkid.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { filesystem, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const device = '/dev/disk/by-partlabel/USR-B';
const uuid = '9aa5237a-ab6b-458b-a7e8-f25e2baef1a3';

export default scenario({
  name: 'cl.ignition.v2_1.swap',
  description: 'Ignition formats a partition as swap',
  tags: ['ignition', 'storage'],
  platforms: localAndAzure,
  needs: { capabilities: ['swap', 'ab-slots'] },
  userData: ignition(
    { filesystems: [filesystem(device, 'swap', { label: 'USR-B', uuid, wipeFilesystem: true })] },
    '2.1',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the partition is formatted once more',
    commands: ['sudo mkswap --force /dev/disk/by-partlabel/USR-B'],
    fails: { check: 'uuid' },
  },
  run: async t => {
    const found = await blkid(t.machine, device);
    t.equal('type', found.TYPE, 'swap', `type of ${device}`);
    t.equal('uuid', found.UUID, uuid, `UUID of ${device}`);
    t.equal('label', found.LABEL, 'USR-B', `label of ${device}`);
  },
});
