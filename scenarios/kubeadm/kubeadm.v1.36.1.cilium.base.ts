import { kubeadmScenario } from './_cluster.ts';

export default kubeadmScenario('v1.36.1', 'cilium');
