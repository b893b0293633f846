import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { checkDriver, checkSmi, needProcessor, nvidiaSpec } from './_nvidia.ts';

export default scenario({
  ...nvidiaSpec,
  name: 'cl.misc.nvidia',
  description: 'The driver of an NVIDIA processor is built and loaded at boot',
  needs: { capabilities: ['nvidia'], external: ['internet'] },
  timeout: minutes(20),
  run: async t => {
    await needProcessor(t);
    await checkDriver(t);
    await checkSmi(t, t.machine, '/opt/bin/nvidia-smi');
  },
});
