import { kubeadmScenario } from './_cluster.ts';

export default kubeadmScenario('v1.35.1', 'cilium');
