import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import ig, { commandsSeen, parseEvents } from '../../../scenarios/bpf/bpf.ig.ts';
import { encodedFiles, extraKey, multipart } from '../../../scenarios/cloudinit/_multipart.ts';
import mime from '../../../scenarios/cloudinit/cl.cloudinit.multipart-mime.ts';
import devDocker from '../../../scenarios/devcontainer/devcontainer.docker.ts';
import devNspawn from '../../../scenarios/devcontainer/devcontainer.systemd-nspawn.ts';
import { initConfig, joinConfig } from '../../../scenarios/kubeadm/_scripts.ts';
import cilium from '../../../scenarios/kubeadm/kubeadm.v1.34.4.cilium.base.ts';
import flannel from '../../../scenarios/kubeadm/kubeadm.v1.35.1.flannel.base.ts';
import calico from '../../../scenarios/kubeadm/kubeadm.v1.36.1.calico.base.ts';
import { hasNvidia } from '../../../scenarios/nvidia/_nvidia.ts';
import nvidia from '../../../scenarios/nvidia/cl.misc.nvidia.ts';
import nvidiaOperator from '../../../scenarios/nvidia/cl.misc.nvidia-operator.ts';
import nvidiaSysext from '../../../scenarios/nvidia/cl.misc.nvidia-sysext.ts';
import nvidiaSysextOperator from '../../../scenarios/nvidia/cl.misc.nvidia-sysext-operator.ts';
import customOem from '../../../scenarios/sysext/sysext.custom-oem.ts';
import type { UserData } from '../../../src/core/user-data.ts';
import { devAddress } from '../../../src/machine/guest/devcontainer.ts';
import { countNodes, unfinishedPods } from '../../../src/machine/guest/kubernetes.ts';
import { findExtension } from '../../../src/machine/guest/sysext.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, outcome } from '../../support/scenario-outcome.ts';

const nodes = (...ready: string[]): string =>
  JSON.stringify({
    items: ready.map((status, index) => ({
      metadata: { name: `n${index}` },
      status: {
        conditions: [
          { type: 'MemoryPressure', status: 'False' },
          { type: 'Ready', status },
        ],
      },
    })),
  });
const pods = (...phases: string[]): string =>
  JSON.stringify({
    items: phases.map((phase, index) => ({ metadata: { name: `p${index}` }, status: { phase } })),
  });

test('nodes and pods', () => {
  expect(countNodes(nodes('True', 'Unknown'))).toEqual({ ready: 1, notReady: 1 });
  expect(countNodes('{"items":[]}')).toEqual({ ready: 0, notReady: 0 });
  expect(unfinishedPods(pods('Running', 'Succeeded'))).toEqual([]);
  expect(unfinishedPods(pods('Running', 'Pending'))).toEqual(['p1: Pending']);
  // No pods at all is not all pods running.
  expect(unfinishedPods('{"items":[]}')).toEqual(['(no pod)']);
});

describe('kubeadm', () => {
  const good: Script = [
    [/endpoint --cluster health/, 'http://192.168.30.11:2379 is healthy: successfully committed proposal'],
    [/join-facts/, '{"endpoint":"192.168.30.12:6443","token":"a.b","hash":"sha256:0","driver":"systemd"}'],
    [/get nodes/, nodes('True', 'True')],
    [/get deployment/, '1'],
    [/get pod test-pod-1/, 'true'],
    [/./, ''],
  ];
  test.each([
    [calico, 6],
    [flannel, 6],
    [cilium, 7],
  ])('%#', async (scenario, checks) => {
    const seen: Record<string, UserData | undefined> = {};
    const onProvision = (role: string, data: UserData | undefined) => {
      seen[role] = data;
    };
    expect(await outcome(scenario, good, { onProvision })).toBe(`held ${checks}`);
    expect(Object.keys(seen)).toEqual(['etcd', 'controller', 'worker']);
    expect(decodeURIComponent(JSON.stringify(seen.worker))).toContain('192.168.30.12:6443');
    const wrong = (...change: Script) => outcome(scenario, but(good, ...change));
    expect(await wrong([/get nodes/, nodes('True', 'False')])).toContain('nodes-ready');
    expect(await wrong([/get nodes/, nodes('True')])).toContain('nodes-ready');
    expect(await wrong([/get deployment/, ''])).toContain('nginx-ready');
    expect(await wrong([/get pod test-pod-1/, 'false'])).toContain('pod-with-nfs-ready');
    expect(await wrong([/kola.install/, { code: 1 }])).toContain('control-plane');
    expect(await wrong([/kola.join$/, { code: 1 }])).toContain('worker-joins');
  });
  test('cilium with encryption', async () => {
    expect(await outcome(cilium, but(good, [/status --wait --wait-duration/, { code: 1 }]))).toContain(
      'encrypted-network-up',
    );
  });
  test('configurations are YAML of the kinds that kubeadm reads', () => {
    const kinds = (text: string): string[] => text.split(/^---$/m).map(part => parse(part).kind);
    expect(kinds(initConfig('http://x:2379'))).toEqual([
      'KubeletConfiguration',
      'InitConfiguration',
      'ClusterConfiguration',
    ]);
    expect(kinds(joinConfig({ endpoint: 'a', token: 'b', hash: 'c', driver: 'd' }))).toEqual([
      'JoinConfiguration',
      'KubeletConfiguration',
    ]);
  });
});

describe('NVIDIA', () => {
  const smi: Script = [
    [/vendor/, '0x8086\n0x10de\n'],
    [/systemctl show/, 'ActiveState=active\nSubState=exited\n'],
    [/nvidia-smi/, 'GPU 0: Tesla T4 (UUID: GPU-1)\n'],
  ];
  test('vendors', () => {
    expect(hasNvidia('0x8086\n0x10de')).toBe(true);
    expect(hasNvidia('0x8086\n0x10dea')).toBe(false);
  });
  test.each([nvidia, nvidiaSysext])('$name', async scenario => {
    expect(await outcome(scenario, smi)).toBe('held 3');
    expect(await outcome(scenario, but(smi, [/vendor/, '0x8086']))).toContain('skipped: ');
    expect(
      await outcome(scenario, but(smi, [/systemctl show/, 'ActiveState=failed\nSubState=failed'])),
    ).toContain('has failed');
    expect(
      await outcome(scenario, but(smi, [/systemctl show/, 'ActiveState=activating\nSubState=start'])),
    ).toContain('driver-prepared');
    expect(await outcome(scenario, but(smi, [/nvidia-smi/, 'No devices found\n']))).toContain(
      'processor-listed',
    );
  });

  const operator: Script = [
    ...smi,
    [
      /sysext status/,
      JSON.stringify([
        {
          hierarchy: '/usr',
          extensions: ['nvidia-runtime', 'nvidia-driver', 'flatcar-nvidia-drivers-550-open'],
        },
      ]),
    ],
    [/get nodes/, nodes('True')],
    [/get pods/, pods('Running', 'Succeeded')],
    [/get pod cuda/, 'Succeeded'],
    [/./, ''],
  ];
  test.each([nvidiaOperator, nvidiaSysextOperator])('$name', async scenario => {
    expect(await outcome(scenario, operator)).toBe('held 8');
    const wrong = (...change: Script) => outcome(scenario, but(operator, ...change));
    expect(
      await wrong([/sysext status/, '[{"hierarchy":"/usr","extensions":["nvidia-runtime"]}]']),
    ).toContain('merged-');
    expect(await wrong([/get nodes/, nodes('False')])).toContain('node-ready');
    // Looked at before anything else is asked, not after.
    expect(await wrong([/get pods/, pods('Running', 'Pending')])).toContain('pods of the operator');
    expect(await wrong([/get pod cuda/, 'Failed'])).toContain('has failed');
  });
});

describe('bpf.ig', () => {
  const exec = '{"args":"/usr/bin/docker\u00a0ps","proc":{"comm":"docker"}}';
  const dns = '{"name":"flatcar.org."}\n{"name":"flatcar.org."}';
  const good: Script = [
    [/cat .tmp.*log/, 'level=debug msg="running..."'],
    [/./, ''],
  ];
  const files = (seen = exec, names = dns) => ({
    '/tmp/kola-trace-exec.json': `${seen}\n`,
    '/tmp/kola-trace-dns.json': `${names}\n`,
  });
  test('reads', () => {
    expect(commandsSeen(parseEvents(`talk\n${exec}\n`))).toEqual(['/usr/bin/docker ps']);
  });
  test('sees what is asked for and nothing else', async () => {
    expect(await outcome(ig, good, { files: files() })).toBe('held 2');
    expect(await outcome(ig, good, { files: files('') })).toContain('sees-what-is-asked');
    const more = `${exec}\n{"args":"/usr/bin/docker\u00a0info"}`;
    expect(await outcome(ig, good, { files: files(more) })).toContain('sees-what-is-asked');
    expect(await outcome(ig, good, { files: files(exec, `${dns}\n{"name":"kinvolk.io."}`) })).toContain(
      'sees-names-asked',
    );
    expect(await outcome(ig, but(good, [/cat .tmp/, '']), { files: files() })).toContain(
      'waited for trace_exec running',
    );
  });
});

describe('the developer container', () => {
  const common: Script = [
    [/os-release/, '4799.0.0'],
    [/./, ''],
  ];
  test.each([devDocker, devNspawn])('$name', async scenario => {
    expect(await outcome(scenario, common)).toBe('held 2');
    expect(await outcome(scenario, but(common, [/nspawn|docker run/, { code: 1 }]))).toContain('builds');
    expect(await outcome(scenario, but(common, [/test -s/, { code: 1 }]))).toContain('sources-prepared');
  });
  test('addresses', () => {
    const facts = { arch: 'arm64', version: '4799.0.0+nightly-1' } as const;
    expect(devAddress('devcontainer-url', {}, facts)).toContain('/images/arm64/4799.0.0%2Bnightly-1/');
    expect(devAddress('devcontainer-url', { 'devcontainer-url': 'http://x/@ARCH@' }, facts)).toBe(
      'http://x/arm64',
    );
  });
});

test('sysext.custom-oem', async () => {
  const list = (type = 'raw', path = '/etc/extensions/oem-test.raw'): string =>
    JSON.stringify([
      { name: 'other', type: 'raw', path: 'x' },
      { name: 'oem-test', type, path },
    ]);
  expect(findExtension(list(), 'oem-test')?.type).toBe('raw');
  expect(findExtension('[]', 'oem-test')).toBeUndefined();
  const good: Script = [
    [/VERSION_ID/, '4799.0.0'],
    [/sysext list/, list()],
    [/sysext status/, '[{"hierarchy":"/usr","extensions":["oem-test"]}]'],
    [/readlink/, '/oem/sysext/oem-test-4799.0.0.raw'],
    [/^cat .usr.share.kola/, '4799.0.0'],
    [/./, ''],
  ];
  expect(await outcome(customOem, good)).toBe('held 4');
  expect(await outcome(customOem, but(good, [/sysext list/, list('directory')]))).toContain('type');
  expect(
    await outcome(customOem, but(good, [/sysext list/, list('raw', '/var/lib/extensions/oem-test.raw')])),
  ).toContain('path');
  expect(
    await outcome(customOem, but(good, [/sysext status/, '[{"hierarchy":"/usr","extensions":"none"}]'])),
  ).toContain('merged');
  expect(await outcome(customOem, but(good, [/^cat .usr.share.kola/, '4798.0.0']))).toContain('content');
});

describe('cl.cloudinit.multipart-mime', () => {
  test('the first part is YAML whose contents decode to the same', () => {
    const [, first = ''] = multipart.split('--===============kola==\n');
    const config = parse(first.slice(first.indexOf('#cloud-config')));
    expect(config.write_files).toHaveLength(7);
    for (const { encoding, content } of config.write_files) {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : Buffer.from(content);
      const text = /gz/.test(encoding) ? gunzipSync(bytes).toString() : bytes.toString();
      expect(text, encoding).toBe('42');
    }
  });
  const good: Script = [
    [/hostnamectl/, ' Static hostname: example\n'],
    [/^ls/, encodedFiles.join('\n')],
    [/^cat/, '42'],
    [/test -e/, ''],
  ];
  const files = { '/home/core/.ssh/authorized_keys': `${extraKey}\n` };
  test('every part counts', async () => {
    expect(await outcome(mime, good, { files })).toBe('held 12');
    const wrong = (...change: Script) => outcome(mime, but(good, ...change), { files });
    expect(await wrong([/hostnamectl/, ' Static hostname: not-this-one\n'])).toContain('first-hostname-wins');
    expect(await wrong([/^ls/, encodedFiles.slice(1).join('\n')])).toContain('files');
    expect(await wrong([/^cat .tmp.kola_gz$/, ''])).toContain('content-/tmp/kola_gz');
    expect(await wrong([/undercover/, { code: 1 }])).toContain('undercover');
    expect(await wrong([/multipart.txt/, { code: 1 }])).toContain('script-ran');
    expect(await outcome(mime, good, { files: { '/home/core/.ssh/authorized_keys': '' } })).toContain(
      'key-added',
    );
  });
});
