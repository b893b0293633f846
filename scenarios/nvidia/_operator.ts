import { minutes, seconds } from '../../src/core/clock.ts';
import type { CheckContext, Scenario, ScenarioSpec } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { emergency } from '../../src/machine/guest/console-allowances.ts';
import {
  bakedExtension,
  countNodes,
  kubectl,
  together,
  unfinishedPods,
} from '../../src/machine/guest/kubernetes.ts';
import { parseSysextStatus } from '../../src/machine/guest/sysext.ts';
import { type IgnitionParts, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { checkDriver, needProcessor, nvidiaSpec } from './_nvidia.ts';

const kubernetes = 'v1.32.2';
const runtime = 'v1.16.2';
const helmVersion = 'v3.17.3';
const operator = 'v24.9.2';

type OperatorSpec = Pick<ScenarioSpec, 'name' | 'description' | 'versions'> & {
  readonly capability: string;
  /** Extensions that have to be merged. */
  readonly merged: readonly string[];
  readonly more: IgnitionParts;
};

const setUp = (arch: string): string => `set -euo pipefail
mkdir -p /opt/bin
curl -sSfL --retry 5 https://get.helm.sh/helm-${helmVersion}-linux-${arch}.tar.gz | tar -xz -C /opt/bin --strip-components=1 --no-same-owner linux-${arch}/helm
kubeadm init --pod-network-cidr=10.244.0.0/16
export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl apply -f https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml
kubectl taint nodes --all node-role.kubernetes.io/control-plane-
`;

const installOperator = `set -euo pipefail
export KUBECONFIG=/etc/kubernetes/admin.conf PATH="/opt/bin:$PATH"
helm repo add nvidia https://helm.ngc.nvidia.com/nvidia
helm repo update
helm install --wait --timeout 15m --generate-name -n gpu-operator --create-namespace nvidia/gpu-operator --version ${operator} --set driver.enabled=false --set toolkit.enabled=false
`;

const cudaPod = `apiVersion: v1
kind: Pod
metadata:
  name: cuda-vectoradd
spec:
  restartPolicy: OnFailure
  containers:
    - name: cuda-vectoradd
      image: nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda11.7.1-ubuntu20.04
      resources:
        limits:
          nvidia.com/gpu: 1
`;

const checkOperator = async (t: CheckContext): Promise<void> => {
  const { machine } = t;
  const json = (words: string): Promise<string> => machine.run(kubectl(`${words} -o json`));
  await t.check('cluster', () => machine.run('sudo bash -s', { input: setUp(t.arch), timeout: minutes(15) }));
  await t.check('node-ready', () =>
    t.eventually(
      'a ready node',
      async () => {
        const { ready, notReady } = countNodes(await json('get nodes'));
        return ready > 0 && notReady === 0 ? true : undefined;
      },
      { every: seconds(10), until: minutes(3) },
    ),
  );
  await t.check('operator', () =>
    machine.run('sudo bash -s', { input: installOperator, timeout: minutes(20) }),
  );
  let waiting: readonly string[] = [];
  await t.eventually(
    'pods of the operator that run',
    async () => {
      waiting = unfinishedPods(await json('get pods -n gpu-operator'));
      return waiting.length === 0 ? true : undefined;
    },
    { every: seconds(10), until: minutes(5) },
  );
  t.equal('pods-run', waiting, [], 'pods of the operator that do not run');
  await machine.run(kubectl('apply -f -'), { input: cudaPod });
  await t.check('computes', () =>
    t.eventually(
      'a pod that has computed',
      async () => {
        const phase = await machine.run(kubectl("get pod cuda-vectoradd -o jsonpath='{.status.phase}'"));
        if (phase === 'Failed') t.fail('the pod that computes has failed');
        return phase === 'Succeeded' ? true : undefined;
      },
      { every: seconds(10), until: minutes(5) },
    ),
  );
};

/** Kubernetes with NVIDIA's operator uses the driver and the runtime of the machine. */
export const operatorScenario = ({ capability, merged, more, ...spec }: OperatorSpec): Scenario =>
  scenario({
    ...nvidiaSpec,
    ...spec,
    tags: [...nvidiaSpec.tags, 'kubernetes', 'sysext', 'internet'],
    allow: { ...nvidiaSpec.allow, rules: emergency },
    needs: {
      capabilities: ['sysext', 'containerd', capability],
      primaryDiskExtraMiB: 24 * 1024,
      external: [
        'internet',
        'https://extensions.flatcar.org/',
        'https://get.helm.sh/',
        'https://helm.ngc.nvidia.com/',
        'registry:nvcr.io',
        'registry:registry.k8s.io',
      ],
    },
    timeout: minutes(60),
    machines: [],
    run: async t => {
      await t.provision(
        'machine',
        ignition(
          together(
            bakedExtension('kubernetes', kubernetes, t.arch),
            bakedExtension('nvidia-runtime', runtime, t.arch),
            more,
          ),
          '3.3',
        ),
      );
      await needProcessor(t);
      await checkDriver(t);
      const found =
        parseSysextStatus(await t.machine.run('systemd-sysext status --json=pretty'))['/usr'] ?? [];
      for (const name of merged)
        t.ok(
          `merged-${name}`,
          found.some(one => one.startsWith(name)),
          `${name} is not among ${found.join(', ')}`,
        );
      await checkOperator(t);
    },
  });
