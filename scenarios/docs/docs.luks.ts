import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import {
  checkEncrypted,
  dataDisk,
  dataPath,
  encryptedData,
} from '../../src/machine/guest/encrypted-volume.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { asRoot } from './_root-script.ts';

const secret = 'kola-never-in-the-clear-0f3a';

export default scenario({
  name: 'docs.luks',
  description:
    'What is written to an encrypted volume is not on the disk in the clear, and is there after a reboot',
  tags: ['docs', 'security', 'storage', 'ignition', 'reboot'],
  needs: { capabilities: ['luks', 'ext4'], disks: [dataDisk] },
  timeout: minutes(10),
  userData: ignition(encryptedData({}, false), '3.3'),
  sabotage: {
    kind: 'guest',
    fault: 'something else is mounted in place of the volume',
    commands: [`sudo umount ${dataPath}`, `sudo mount -t tmpfs tmpfs ${dataPath}`],
    fails: { says: /block device mounted at \/mnt\/data, found none/ },
  },
  run: async t => {
    const { machine } = t;
    await checkEncrypted(t, machine, dataPath);
    await asRoot(machine, [`echo ${secret} >${dataPath}/secret`, 'sync']);
    // Read as text, a disk of zeros would be one line that does not fit in memory. 0 = found, 1 = not found.
    const search = async (device: string): Promise<number | null> =>
      (await machine.try(`sudo env LC_ALL=C grep -q -F ${secret} ${device}`, { timeout: minutes(3) })).code;
    t.equal('readable-inside', await search('/dev/mapper/dataencrypted'), 0, 'grep for the secret inside');
    t.equal('unreadable-outside', await search('/dev/disk/by-partlabel/data'), 1, 'grep for it outside');
  },
});
