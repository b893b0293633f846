import { scenario } from '../../src/core/scenario.ts';
import { blockDevices, mountedAt } from '../../src/machine/guest/lsblk.ts';
import { mountUnit } from '../../src/machine/guest/mount-unit.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { filesystem, ignition, inline } from '../../src/machine/user-data/ignition/builders.ts';

const device = '/dev/disk/by-partlabel/USR-B';
const path = '/var/lib/data';

export default scenario({
  name: 'cl.ignition.luks',
  description: 'Ignition makes an encrypted volume, and it is opened and mounted at boot',
  tags: ['ignition', 'storage'],
  platforms: localAndAzure,
  versions: { from: '3185.0.0' },
  needs: { capabilities: ['luks', 'ext4', 'ab-slots'] },
  userData: ignition(
    {
      luks: [{ name: 'data', device, keyFile: inline('a passphrase for a test'), wipeVolume: true }],
      filesystems: [filesystem('/dev/mapper/data', 'ext4', { path, label: 'DATA', wipeFilesystem: true })],
      units: [mountUnit('/dev/mapper/data', path, { type: 'ext4' })],
    },
    '3.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'something else is mounted in place of the volume',
    commands: ['sudo umount /var/lib/data', 'sudo mount -t tmpfs tmpfs /var/lib/data'],
    fails: { says: /block device mounted at \/var\/lib\/data, found none/ },
  },
  run: async t => {
    t.equal(
      'is-luks',
      (await t.machine.try(`sudo cryptsetup isLuks ${device}`)).code,
      0,
      `cryptsetup isLuks ${device}`,
    );
    t.equal(
      'mounted',
      await t.machine.run('systemctl is-active var-lib-data.mount'),
      'active',
      'var-lib-data.mount',
    );
    t.equal(
      'from-the-volume',
      mountedAt(await blockDevices(t.machine), path).type,
      'crypt',
      `device at ${path}`,
    );
  },
});
