import { minutes } from '../../src/core/clock.ts';
import { devFolder, devImage, devScript } from '../../src/machine/guest/devcontainer.ts';
import { devcontainerScenario } from './_devcontainer.ts';

/** Puts the first partition of the image into docker, without a copy of it on the disk. */
const importImage = `set -euo pipefail
start=$(sudo parted --machine --script ${devImage} unit B print | awk -F: '$1 == 1 { sub("B", "", $2); print $2; exit }')
folder=$(mktemp -d)
sudo mount -o ro,loop,offset="$start" ${devImage} "$folder"
trap 'sudo umount "$folder"' EXIT
sudo tar --create --directory "$folder" . | docker import - kola-devcontainer >/dev/null
`;

export default devcontainerScenario({
  name: 'devcontainer.docker',
  description: 'The developer container prepares the kernel sources when docker runs it',
  capabilities: ['docker'],
  allow: { permissive: true },
  build: async machine => {
    await machine.run('bash -s', { input: importImage, timeout: minutes(15) });
    await machine.run(`sudo restorecon ${devScript} || true`);
    await machine.run(
      `docker run --rm --log-driver=journald --volume /lib/modules:/lib/modules:ro --volume ${devFolder}/src:/usr/src --volume ${devFolder}/tmp:/var/tmp --volume ${devScript}:/build:ro kola-devcontainer /bin/bash /build`,
      { timeout: minutes(30) },
    );
  },
});
