import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { checkDataArray, dataArray } from '../../src/machine/guest/raid-data.ts';

export default scenario({
  name: 'cl.disk.raid0.data',
  description: 'Ignition makes a raid0 array for data, and it is assembled again after a reboot',
  tags: ['storage', 'ignition', 'reboot'],
  platforms: local,
  needs: { capabilities: ['raid', 'ext4', 'ab-slots'] },
  userData: dataArray('raid0'),
  sabotage: {
    kind: 'guest',
    fault: 'the array is not mounted any more',
    commands: ['sudo systemctl stop var-lib-data.mount'],
    fails: { says: /block device mounted at \/var\/lib\/data, found none/ },
  },
  run: t => checkDataArray(t, 'raid0'),
});
