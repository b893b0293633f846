import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { blockDevices, mountedAt } from '../../src/machine/guest/lsblk.ts';
import { dataArray } from '../../src/machine/guest/raid-data.ts';
import { checkLostMember } from './_lost-member.ts';

const path = '/var/lib/data';

export default scenario({
  name: 'docs.raid-data',
  description:
    'An array for data that Ignition makes goes on when one of its two partitions fails, and takes it back',
  tags: ['docs', 'storage', 'ignition'],
  needs: { capabilities: ['raid', 'ext4', 'ab-slots'] },
  timeout: minutes(8),
  userData: dataArray('raid1'),
  sabotage: {
    kind: 'guest',
    fault: 'something else is mounted in place of the array',
    commands: [`sudo systemctl stop var-lib-data.mount`, `sudo mount -t tmpfs tmpfs ${path}`],
    fails: { says: /block device mounted at \/var\/lib\/data, found none/ },
  },
  run: async t => {
    const { type, name } = mountedAt(await blockDevices(t.machine), path);
    t.equal('level', type, 'raid1', `type of the device at ${path}`);
    await checkLostMember(t, { array: `/dev/${name}`, member: 'USR-B', folder: path });
  },
});
