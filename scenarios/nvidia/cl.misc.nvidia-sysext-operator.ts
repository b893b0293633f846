import { driverExtension } from './_driver-sysext.ts';
import { operatorScenario } from './_operator.ts';

export default operatorScenario({
  name: 'cl.misc.nvidia-sysext-operator',
  description: "Kubernetes computes with NVIDIA's operator on the driver that comes as an extension",
  versions: { from: '4334.0.0' },
  capability: 'nvidia-sysext',
  merged: ['nvidia-runtime', 'flatcar-nvidia-drivers'],
  more: driverExtension,
});
