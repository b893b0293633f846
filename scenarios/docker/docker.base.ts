import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { dockerSubtests } from './_base.ts';

export default scenario({
  name: 'docker.base',
  description: 'Docker starts containers with limits, networks and protections that hold',
  tags: ['docker'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker'] },
  timeout: minutes(20),
  sabotage: {
    kind: 'guest',
    fault: 'docker stores images by copying them whole',
    commands: [
      'sudo mkdir -p /etc/docker',
      'echo \'{"storage-driver": "vfs"}\' | sudo tee /etc/docker/daemon.json',
      'sudo systemctl restart docker.service',
    ],
    fails: { check: 'docker-info/storage-driver' },
  },
  subtests: dockerSubtests,
});
