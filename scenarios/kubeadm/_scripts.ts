import type { Arch } from '../../src/core/target.ts';
import { type Cni, components, pluginFolder, podSubnet } from './_versions.ts';

/** kubeadm's configuration of the first control plane, with an etcd elsewhere. */
export const initConfig = (etcd: string): string => `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: CGROUP_DRIVER_OF_DOCKER
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  kubeletExtraArgs:
    - name: volume-plugin-dir
      value: ${pluginFolder}
timeouts:
  controlPlaneComponentHealthCheck: 30m0s
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  podSubnet: ${podSubnet}
controllerManager:
  extraArgs:
    - name: flex-volume-plugin-dir
      value: ${pluginFolder}
etcd:
  external:
    endpoints:
      - ${etcd}
`;

/** Calico's own resources; images from a registry that has no limits. */
export const calicoResources = `apiVersion: operator.tigera.io/v1
kind: Installation
metadata:
  name: default
spec:
  registry: ghcr.io/
  imagePath: flatcar/calico
  flexVolumePath: ${pluginFolder}
  calicoNetwork:
    ipPools:
      - name: default-ipv4-ippool
        blockSize: 26
        cidr: ${podSubnet}
        encapsulation: VXLANCrossSubnet
        natOutgoing: Enabled
        nodeSelector: all()
---
apiVersion: operator.tigera.io/v1
kind: APIServer
metadata:
  name: default
spec: {}
`;

const manifests = 'https://raw.githubusercontent.com';

/** Installs a network for pods. */
const installCni: Readonly<Record<Cni, readonly string[]>> = {
  calico: [
    `kubectl create -f ${manifests}/projectcalico/calico/${components.calico}/manifests/tigera-operator.yaml`,
    // The resources are of kinds that the operator only now defines.
    'kubectl -n tigera-operator wait --for condition=established --timeout=60s crd/installations.operator.tigera.io crd/apiservers.operator.tigera.io',
    'kubectl apply -f /opt/kola/calico.yaml',
  ],
  flannel: [
    `curl -sSfL --retry 5 ${manifests}/flannel-io/flannel/${components.flannel}/Documentation/kube-flannel.yml | sed 's#10.244.0.0/16#${podSubnet}#' >/opt/kola/flannel.yaml`,
    'kubectl apply -f /opt/kola/flannel.yaml',
  ],
  cilium: [
    `cilium install --config enable-endpoint-routes=true --config cluster-pool-ipv4-cidr=${podSubnet} --version=${components.cilium}`,
    // Policies of before container_t keep the agent from the host.
    `if grep -q svirt_lxc_file_t /etc/selinux/mcs/contexts/lxc_contexts; then kubectl -n kube-system patch daemonset/cilium --patch-file /opt/kola/cilium-selinux.json; fi`,
    'cilium status --wait',
  ],
};

const unconfined = { securityContext: { seLinuxOptions: { level: 's0', type: 'unconfined_t' } } };
const initContainers = ['mount-cgroup', 'apply-sysctl-overwrites', 'clean-cilium-state'];
export const ciliumPatch = JSON.stringify({
  spec: {
    template: {
      spec: {
        containers: [{ name: 'cilium-agent', ...unconfined }],
        initContainers: initContainers.map(name => ({ name, ...unconfined })),
      },
    },
  },
});

const prelude = `#!/bin/bash
set -euo pipefail
export KUBECONFIG=/etc/kubernetes/admin.conf PATH="/opt/bin:$PATH"
`;

/** Sets up the control plane and the network; run as root. */
export const controlPlaneScript = (cni: Cni, arch: Arch): string => `${prelude}
mkdir -p /opt/bin
tar -xzf /opt/kola/helm.tar.gz -C /opt/bin --strip-components=1 --no-same-owner linux-${arch}/helm
if [ -e /opt/kola/cilium.tar.gz ]; then tar -xzf /opt/kola/cilium.tar.gz -C /opt/bin --no-same-owner cilium; fi
driver=$(docker info --format '{{.CgroupDriver}}')
sed -i "s/CGROUP_DRIVER_OF_DOCKER/$driver/" /opt/kola/init.yaml
kubeadm config images pull
kubeadm init --config /opt/kola/init.yaml
${installCni[cni].join('\n')}
`;

/** Prints, as JSON, what a further machine must know to join. */
export const joinFacts = `${prelude}
server=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
hash=$(openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | openssl dgst -sha256 -hex | sed 's/^.* //')
printf '{"endpoint":"%s","token":"%s","hash":"sha256:%s","driver":"%s"}' "\${server#https://}" "$(kubeadm token create)" "$hash" "$(docker info --format '{{.CgroupDriver}}')"
`;

export interface JoinFacts {
  readonly endpoint: string;
  readonly token: string;
  readonly hash: string;
  readonly driver: string;
}

/** kubeadm's configuration of a worker. */
export const joinConfig = ({
  endpoint,
  token,
  hash,
  driver,
}: JoinFacts): string => `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: ${endpoint}
    token: ${token}
    caCertHashes:
      - ${hash}
nodeRegistration:
  kubeletExtraArgs:
    - name: volume-plugin-dir
      value: ${pluginFolder}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: ${driver}
`;

/** Joins under the machine's own address, which is known wherever there is a metadata agent. */
export const joinScript = `${prelude}
systemctl start --quiet coreos-metadata.service
address=$(grep -vE 'IPV6|GATEWAY' /run/metadata/flatcar | grep -E 'IPV?4?' | grep -E 'PRIVATE|LOCAL|DYNAMIC' | head -n 1 | cut -d = -f 2)
kubeadm join --config /opt/kola/join.yaml --node-name "$address"
`;
