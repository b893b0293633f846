import { dockerInfo } from '../../src/machine/guest/docker-info.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { zfsPool, zfsScenario } from './_zfs.ts';

const pool = zfsPool(['-o mountpoint=/var/lib/docker tank/docker'], ['Before=docker.service']);

export default zfsScenario({
  name: 'sysext.zfs.docker',
  description: 'Docker keeps its images on ZFS when it is told to',
  tags: ['docker'],
  capabilities: ['docker'],
  userData: ignition(
    {
      ...pool,
      files: [
        ...(pool.files ?? []),
        file('/etc/docker/daemon.json', `${JSON.stringify({ 'storage-driver': 'zfs' })}\n`),
      ],
    },
    '3.3',
  ),
  run: async t => {
    t.equal('storage-driver', (await dockerInfo(t.machine)).Driver, 'zfs', 'storage driver');
    await makeScratchImage(t.machine, 'kola-mount', ['cat']);
    const mounts = await t.machine.run('docker run --rm kola-mount cat /proc/mounts', { timeout: 180_000 });
    t.match('root-on-zfs', mounts, /^tank\/docker\/\S+ \/ zfs /m);
  },
});
