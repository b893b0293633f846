import { operatorScenario } from './_operator.ts';

export default operatorScenario({
  name: 'cl.misc.nvidia-operator',
  description: "Kubernetes computes with NVIDIA's operator on the driver that the machine builds",
  capability: 'nvidia',
  merged: ['nvidia-runtime', 'nvidia-driver'],
  more: {},
});
