import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { dockerInfo } from '../../src/machine/guest/docker-info.ts';
import { dockerOnBtrfs } from '../../src/machine/guest/docker-on-btrfs.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

export default scenario({
  name: 'docker.btrfs-storage',
  description: 'Docker keeps its images on btrfs when it is told to',
  tags: ['docker', 'storage'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker', 'btrfs'] },
  timeout: minutes(10),
  userData: dockerOnBtrfs,
  sabotage: {
    kind: 'guest',
    fault: 'something else is mounted in place of the filesystem',
    commands: ['sudo mkdir -p /var/lib/docker', 'sudo mount -t tmpfs tmpfs /var/lib/docker'],
    fails: { says: /docker info/ },
  },
  run: async t => {
    const { machine } = t;
    // Docker is started by being asked, and pulls in its folder.
    t.equal('storage-driver', (await dockerInfo(machine)).Driver, 'btrfs', 'storage driver');
    t.equal(
      'filesystem',
      await machine.run('findmnt -n -o FSTYPE --target /var/lib/docker'),
      'btrfs',
      'type of /var/lib/docker',
    );
    await makeScratchImage(machine, 'kola-echo', ['echo']);
    t.equal(
      'container-runs',
      await machine.run('docker run --rm kola-echo echo on btrfs', { timeout: 180_000 }),
      'on btrfs',
      'what the container said',
    );
  },
});
