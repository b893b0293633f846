import { kubeadmScenario } from './_cluster.ts';

export default kubeadmScenario('v1.34.4', 'cilium');
