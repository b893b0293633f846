import { z } from 'zod';
import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import { type Scenario, type ScenarioContext, scenario } from '../../src/core/scenario.ts';
import type { UserData } from '../../src/core/user-data.ts';
import { checkHealth, etcdMember, etcdNeeds } from '../../src/machine/guest/etcd.ts';
import { bakedExtension, together } from '../../src/machine/guest/kubernetes.ts';
import { file, type IgnitionParts, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import {
  calicoResources,
  ciliumPatch,
  controlPlaneScript,
  initConfig,
  joinConfig,
  joinFacts,
  joinScript,
} from './_scripts.ts';
import { clusterSubtests } from './_subtests.ts';
import { type Cni, components, type KubernetesVersion } from './_versions.ts';
import { nfsClaim, nfsPod, nginxDeployment } from './_workloads.ts';

const folder = '/opt/kola';
const factsSchema = z.object({
  endpoint: z.string(),
  token: z.string(),
  hash: z.string(),
  driver: z.string(),
});

const etcdConfig: UserData = ignition(
  {
    units: etcdMember({
      tag: components.etcd,
      settings: { ETCD_NAME: 'kola', ETCD_LISTEN_CLIENT_URLS: 'http://0.0.0.0:2379' },
      addressed: { ETCD_ADVERTISE_CLIENT_URLS: 'http://$private_ipv4:2379' },
    }),
  },
  '2.3',
);

const controlPlane = (
  { arch }: ScenarioContext,
  version: KubernetesVersion,
  cni: Cni,
  etcd: string,
): UserData => {
  const helm = `https://get.helm.sh/helm-${components.helm}-linux-${arch}.tar.gz`;
  const cilium = `https://github.com/cilium/cilium-cli/releases/download/${components.ciliumCli}/cilium-linux-${arch}.tar.gz`;
  const own: IgnitionParts = {
    files: [
      file(`${folder}/install`, controlPlaneScript(cni, arch), { mode: 0o755 }),
      file(`${folder}/join-facts`, joinFacts, { mode: 0o755 }),
      file(`${folder}/init.yaml`, initConfig(etcd)),
      file(`${folder}/nginx.yaml`, nginxDeployment),
      file(`${folder}/nfs-claim.yaml`, nfsClaim),
      file(`${folder}/nfs-pod.yaml`, nfsPod),
      file(`${folder}/helm.tar.gz`, { source: helm }),
      ...(cni === 'calico' ? [file(`${folder}/calico.yaml`, calicoResources)] : []),
      ...(cni === 'cilium'
        ? [
            file(`${folder}/cilium.tar.gz`, { source: cilium }),
            file(`${folder}/cilium-selinux.json`, ciliumPatch),
          ]
        : []),
    ],
  };
  return ignition(together(bakedExtension('kubernetes', version, arch), own), '3.3');
};

const worker = (
  { arch }: ScenarioContext,
  version: KubernetesVersion,
  facts: z.output<typeof factsSchema>,
): UserData =>
  ignition(
    together(bakedExtension('kubernetes', version, arch), {
      files: [
        file(`${folder}/join.yaml`, joinConfig(facts), { mode: 0o600 }),
        file(`${folder}/join`, joinScript, { mode: 0o755 }),
      ],
    }),
    '3.3',
  );

/** Etcd, a control plane and a worker, one after the other: each needs what the one before it knows. */
const bringUp = async (t: ScenarioContext, version: KubernetesVersion, cni: Cni): Promise<Machine> => {
  const etcd = await t.provision('etcd', etcdConfig);
  await checkHealth(t, etcd, 1);
  const endpoint = `http://${etcd.privateAddress}:2379`;
  const controller = await t.provision('controller', controlPlane(t, version, cni, endpoint));
  await t.check('control-plane', () => controller.run(`sudo ${folder}/install`, { timeout: minutes(40) }));
  const facts = factsSchema.parse(JSON.parse(await controller.run(`sudo ${folder}/join-facts`)));
  const joining = await t.provision('worker', worker(t, version, facts));
  await t.check('worker-joins', () => joining.run(`sudo ${folder}/join`, { timeout: minutes(10) }));
  return controller;
};

const hosts: Readonly<Record<Cni, readonly string[]>> = {
  calico: ['https://raw.githubusercontent.com/'],
  flannel: ['https://raw.githubusercontent.com/'],
  cilium: ['https://github.com/', 'registry:quay.io'],
};

/** A Kubernetes cluster of one version with one network for pods. */
export const kubeadmScenario = (version: KubernetesVersion, cni: Cni): Scenario =>
  scenario({
    name: `kubeadm.${version}.${cni}.base`,
    description: `kubeadm sets up Kubernetes ${version} with ${cni}, and it runs what is asked of it`,
    tags: ['kubeadm', 'kubernetes', 'network', 'internet'],
    versions: { from: '3374.0.0' },
    needs: {
      capabilities: ['docker', 'containerd', 'sysext', ...(etcdNeeds.capabilities ?? [])],
      machines: 3,
      platform: ['private-network'],
      memoryMiB: 2560,
      vcpus: 2,
      primaryDiskExtraMiB: 5 * 1024,
      external: [
        'internet',
        'https://extensions.flatcar.org/',
        'https://get.helm.sh/',
        'registry:registry.k8s.io',
        'registry:ghcr.io',
        ...hosts[cni],
      ],
      ...(etcdNeeds.externalWithout === undefined ? {} : { externalWithout: etcdNeeds.externalWithout }),
    },
    // Flannel's own manifest does not know of policies.
    ...(cni === 'flannel' ? { allow: { permissive: true } } : {}),
    timeout: minutes(75),
    machines: [],
    run: async t => {
      const controller = await bringUp(t, version, cni);
      await clusterSubtests(t, controller, cni);
    },
  });
