import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { driverExtension } from './_driver-sysext.ts';
import { checkDriver, checkSmi, needProcessor, nvidiaSpec } from './_nvidia.ts';

export default scenario({
  ...nvidiaSpec,
  name: 'cl.misc.nvidia-sysext',
  description: 'The driver of an NVIDIA processor comes as a system extension',
  tags: [...nvidiaSpec.tags, 'sysext'],
  versions: { from: '4334.0.0' },
  needs: { capabilities: ['sysext', 'nvidia-sysext'], external: ['internet'] },
  timeout: minutes(20),
  userData: ignition(driverExtension, '3.3'),
  run: async t => {
    await needProcessor(t);
    await checkDriver(t);
    await checkSmi(t, t.machine, '/usr/bin/nvidia-smi');
  },
});
