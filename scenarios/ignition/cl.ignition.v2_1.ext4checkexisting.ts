import { scenario } from '../../src/core/scenario.ts';
import { blkid } from '../../src/machine/guest/blkid.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { rootDevice } from '../../src/machine/guest/root-filesystem.ts';
import { filesystem, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const keep = ignition(
  { filesystems: [filesystem(rootDevice, 'ext4', { label: 'ROOT', wipeFilesystem: false })] },
  '2.1',
);

export default scenario({
  name: 'cl.ignition.v2_1.ext4checkexisting',
  description: 'Ignition keeps an existing filesystem of the right kind when it was not told to wipe it',
  tags: ['ignition', 'storage'],
  platforms: localAndAzure,
  needs: { machines: 2, capabilities: ['ext4'] },
  machines: [{ role: 'untouched' }],
  sabotage: {
    kind: 'guest',
    fault: 'the label ROOT leads to another filesystem',
    role: 'kept',
    commands: ['sudo ln -sfn "$(readlink -f /dev/disk/by-partlabel/EFI-SYSTEM)" /dev/disk/by-label/ROOT'],
    fails: { check: 'type-kept' },
  },
  run: async t => {
    const untouched = await blkid(t.on('untouched'), rootDevice);
    t.equal('image-has-ext4', untouched.TYPE, 'ext4', 'type of the image’s own ROOT');
    const kept = await blkid(await t.provision('kept', keep), rootDevice);
    t.equal('type-kept', kept.TYPE, 'ext4', 'type of ROOT');
    // Both machines come from one image: a filesystem that was made anew has another UUID.
    t.equal('uuid-kept', kept.UUID, untouched.UUID, 'UUID of ROOT');
  },
});
