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
    const holds = async (device: string): Promise<boolean> =>
      (await machine.try(`sudo grep -q -a -F ${secret} ${device}`, { timeout: minutes(3) })).code === 0;
    t.ok('readable-inside', await holds('/dev/mapper/dataencrypted'), 'the secret is not on the volume');
    t.ok(
      'unreadable-outside',
      !(await holds('/dev/disk/by-partlabel/data')),
      'the secret is on the disk in the clear',
    );
  },
});
