import { minutes } from '../../src/core/clock.ts';
import { devFolder, devImage, devScript } from '../../src/machine/guest/devcontainer.ts';
import { devcontainerScenario } from './_devcontainer.ts';

export default devcontainerScenario({
  name: 'devcontainer.systemd-nspawn',
  description: 'The developer container prepares the kernel sources when systemd-nspawn runs it',
  versions: { from: '2592.0.0' },
  capabilities: ['nspawn'],
  build: async machine => {
    await machine.run(
      `sudo systemd-nspawn --quiet --console=pipe --bind-ro=/lib/modules --bind=${devFolder}/src:/usr/src --bind=${devFolder}/tmp:/var/tmp --bind-ro=${devScript}:/build --image=${devImage} --machine=flatcar-developer-container /bin/bash /build`,
      { timeout: minutes(30) },
    );
  },
});
