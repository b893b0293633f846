import { minutes, seconds } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import type { CheckContext, ScenarioContext } from '../../src/core/scenario.ts';
import { countNodes, kubectl } from '../../src/machine/guest/kubernetes.ts';
import { type Cni, components } from './_versions.ts';

const wait = { every: seconds(5), until: minutes(3) } as const;

const nodesReady = async (t: CheckContext, controller: Machine): Promise<void> => {
  await t.check('nodes-ready', () =>
    t.eventually(
      'two nodes, both ready',
      async () => {
        const { code, stdout } = await controller.try(kubectl('get nodes -o json'));
        if (code !== 0) return undefined;
        const { ready, notReady } = countNodes(stdout);
        return ready === 2 && notReady === 0 ? true : undefined;
      },
      wait,
    ),
  );
};

const nginx = async (t: CheckContext, controller: Machine): Promise<void> => {
  await controller.run(kubectl('apply -f /opt/kola/nginx.yaml'));
  await t.check('nginx-ready', () =>
    t.eventually(
      'a replica of nginx',
      async () => {
        const ready = await controller.run(
          kubectl("get deployment nginx-deployment -o jsonpath='{.status.readyReplicas}'"),
        );
        return ready === '1' ? true : undefined;
      },
      wait,
    ),
  );
};

const provisioner = 'https://kubernetes-sigs.github.io/nfs-ganesha-server-and-external-provisioner/';
const helm = (words: string): string => `sudo KUBECONFIG=/etc/kubernetes/admin.conf /opt/bin/helm ${words}`;

const nfs = async (t: CheckContext, controller: Machine): Promise<void> => {
  await controller.run(helm(`repo add nfs ${provisioner}`), { timeout: minutes(2) });
  await controller.run(
    helm(
      "install nfs-server-provisioner nfs/nfs-server-provisioner --set 'storageClass.mountOptions={nfsvers=4.2}'",
    ),
    { timeout: minutes(5) },
  );
  await controller.run(kubectl('apply -f /opt/kola/nfs-claim.yaml -f /opt/kola/nfs-pod.yaml'));
  await t.check('pod-with-nfs-ready', () =>
    t.eventually(
      'the container that mounts NFS',
      async () => {
        const ready = await controller.run(
          kubectl('get pod test-pod-1 -o jsonpath=\'{.status.containerStatuses[?(@.name=="test")].ready}\''),
        );
        return ready === 'true' ? true : undefined;
      },
      wait,
    ),
  );
};

const cilium = (words: string): string =>
  `sudo KUBECONFIG=/etc/kubernetes/admin.conf /opt/bin/cilium ${words}`;

const ipsec = async (t: CheckContext, controller: Machine): Promise<void> => {
  await controller.run(cilium('uninstall'), { timeout: minutes(5) });
  await controller.run(
    cilium(`install --config enable-endpoint-routes=true --encryption=ipsec --version=${components.cilium}`),
    { timeout: minutes(10) },
  );
  await t.check('encrypted-network-up', () =>
    controller.run(cilium('status --wait --wait-duration 1m'), { timeout: minutes(3) }),
  );
};

/** What is asked of the cluster; each has a result of its own. */
export const clusterSubtests = async (t: ScenarioContext, controller: Machine, cni: Cni): Promise<void> => {
  await t.subtest('node readiness', sub => nodesReady(sub, controller));
  await t.subtest('nginx deployment', sub => nginx(sub, controller));
  await t.subtest('NFS deployment', sub => nfs(sub, controller));
  if (cni === 'cilium') await t.subtest('IPSec encryption', sub => ipsec(sub, controller));
};
