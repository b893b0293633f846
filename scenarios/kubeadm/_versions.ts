/** Every version that is looked at, in one place: releases move on. */
export const components = {
  etcd: 'v3.5.24',
  helm: 'v3.17.3',
  calico: 'v3.32.1',
  flannel: 'v0.26.7',
  ciliumCli: 'v0.12.12',
  cilium: '1.12.5',
} as const;

export type KubernetesVersion = 'v1.36.1' | 'v1.35.1' | 'v1.34.4';
export type Cni = 'calico' | 'flannel' | 'cilium';

export const podSubnet = '192.168.0.0/17';
/** /usr is read-only: kubelet looks for plug-ins here. */
export const pluginFolder = '/opt/libexec/kubernetes/kubelet-plugins/volume/exec/';
