import { describe, expect, test } from 'vitest';
import discoveryScenario from '../../../scenarios/etcd/cl.etcd-member.discovery.ts';
import etcdctl, { memberNames, storedValues } from '../../../scenarios/etcd/cl.etcd-member.etcdctlv3.ts';
import udp from '../../../scenarios/flannel/cl.flannel.udp.ts';
import vxlan from '../../../scenarios/flannel/cl.flannel.vxlan.ts';
import cluster from '../../../scenarios/locksmith/cl.locksmith.cluster.ts';
import tls from '../../../scenarios/locksmith/coreos.locksmith.tls.ts';
import type { DiscoveryService, Services } from '../../../src/core/services.ts';
import type { UserData } from '../../../src/core/user-data.ts';
import { parseHealth } from '../../../src/machine/guest/etcd.ts';
import { lockStatus } from '../../../src/machine/guest/locksmith.ts';
import { isInNetwork } from '../../../src/machine/guest/network.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

const health = (...words: string[]): string =>
  words
    .map((word, index) => `http://192.168.30.1${index}:2379 is ${word}: successfully committed proposal`)
    .join('\n');
const three = health('healthy', 'healthy', 'healthy');

test('health: "unhealthy" is not healthy', () => {
  expect(parseHealth(three)).toEqual({ healthy: 3, unhealthy: 0 });
  expect(parseHealth(health('healthy', 'unhealthy', 'healthy'))).toEqual({ healthy: 2, unhealthy: 1 });
  expect(parseHealth('Error: unhealthy cluster')).toEqual({ healthy: 0, unhealthy: 1 });
});

/** A discovery service that so many members have registered with. */
const discovery = (joined: number): Partial<Services> => ({
  discovery: async () =>
    ({
      cluster: (size: number) => `http://10.0.2.2:4001/token-of-${size}`,
      log: { entries: Array.from({ length: joined }, () => ({ kind: 'join' })) },
    }) as unknown as DiscoveryService,
});

describe('cl.etcd-member.discovery', () => {
  test('three members, all healthy, that found one another by the URL', async () => {
    const seen: (UserData | undefined)[] = [];
    const good: Script = [[/endpoint/, three]];
    const options = { services: discovery(3) };
    expect(
      await outcome(discoveryScenario, good, { ...options, onProvision: (_, data) => seen.push(data) }),
    ).toBe('held 2');
    expect(seen).toHaveLength(3);
    const text = JSON.stringify(seen[0]);
    expect(decodeURIComponent(text)).toContain('token-of-3');
    // The address goes through a file: systemd puts no variable into Environment=.
    expect(decodeURIComponent(text)).not.toMatch(/Environment=[^\n]*private_ipv4/);
    const sick: Script = [[/endpoint/, health('healthy', 'healthy', 'unhealthy')]];
    expect(await outcome(discoveryScenario, sick, options)).toContain('etcd-healthy');
    expect(await outcome(discoveryScenario, [[/endpoint/, { code: 1, stdout: three }]], options)).toContain(
      'etcd-healthy',
    );
    expect(await outcome(discoveryScenario, good, { services: discovery(2) })).toContain(
      'joined-by-discovery',
    );
  });
});

describe('cl.etcd-member.etcdctlv3', () => {
  const good: Script = [
    [/endpoint/, health('healthy')],
    [/member list/, '{"members":[{"ID":1,"name":"kola-member"}]}'],
    [/put foo/, 'OK'],
    [/get foo/, '{"kvs":[{"key":"Zm9v","value":"YmFy"}]}'],
    [/snapshot save/, 'saved'],
    [/snapshot status/, '{"hash":1,"revision":2,"totalKey":3,"totalSize":4}'],
  ];
  test('answers', () => {
    expect(memberNames('{"members":[{"name":"a"},{"name":"b"}]}')).toEqual(['a', 'b']);
    expect(storedValues('{"header":{}}')).toEqual([]);
  });
  test('stores and reads', async () => {
    expect(await outcome(etcdctl, good)).toBe('held 6');
    expect(
      await outcome(etcdctl, but(good, [/member list/, '{"members":[{"name":"kola-member"},{"name":"x"}]}'])),
    ).toContain('members');
    expect(await outcome(etcdctl, but(good, [/put foo/, 'error']))).toContain('put');
    expect(await outcome(etcdctl, but(good, [/get foo/, '{"kvs":[{"value":"Zm9v"}]}']))).toContain('get');
    expect(await outcome(etcdctl, but(good, [/snapshot save/, { code: 1 }]))).toContain('snapshot-save');
    expect(await outcome(etcdctl, but(good, [/snapshot status/, '{"totalKey":0}']))).toContain(
      'snapshot-status',
    );
  });
});

test('networks', () => {
  expect(isInNetwork('10.254.77.1', '10.254.0.0/16')).toBe(true);
  expect(isInNetwork('10.255.0.1', '10.254.0.0/16')).toBe(false);
  expect(isInNetwork('fe80::1', '10.254.0.0/16')).toBe(false);
});

describe.each([
  ['udp', udp],
  ['vxlan', vxlan],
])('flannel through %s', (_, scenario) => {
  const address = (local: string): string => JSON.stringify([{ addr_info: [{ family: 'inet', local }] }]);
  const good: Script = [
    [/endpoint/, three],
    [/address show/, address('10.254.3.0')],
    [/^ping/, '10 packets transmitted, 10 received'],
  ];
  test('reaches the third machine', async () => {
    const options = { services: discovery(3) };
    expect(await outcome(scenario, good, options)).toBe('held 4');
    expect(await outcome(scenario, but(good, [/address show/, address('172.17.0.1')]), options)).toContain(
      'source-in-network',
    );
    expect(await outcome(scenario, but(good, [/address show/, { code: 1 }]), options)).toContain('waited');
    expect(await outcome(scenario, but(good, [/^ping/, { code: 1 }]), options)).toContain('reaches');
  });
});

describe('locksmith', () => {
  test('the lock', () => {
    expect(lockStatus('Available: 0\nMax: 1\n\nMACHINE ID\nabc')).toEqual({ available: 0, max: 1 });
    expect(() => lockStatus('Error initializing etcd client')).toThrow('locksmithctl status');
  });

  const free = 'Available: 1\nMax: 1\n';
  const taken = 'Available: 0\nMax: 1\n\nMACHINE ID\nabc';
  const good = (): Script => [
    [/s_client/, '    Verify return code: 0 (ok)\n'],
    [/ status$/, inTurn(free, taken, taken, free)],
    [/systemctl st/, ''],
  ];
  test('coreos.locksmith.tls', async () => {
    expect(await outcome(tls, good())).toBe('held 4');
    expect(await outcome(tls, but(good(), [/s_client/, 'Verify return code: 19 (self-signed)']))).toContain(
      'client-certificate',
    );
    expect(await outcome(tls, but(good(), [/ status$/, free]))).toContain('locked');
    expect(await outcome(tls, but(good(), [/ status$/, taken]))).toContain('given-back');
  });

  test('cl.locksmith.cluster', async () => {
    const script = (): Script => [
      [/endpoint/, three],
      [/locksmithctl status/, inTurn('Available: 1\nMax: 1', 'Available: 3\nMax: 3')],
      [/set-max|send-need-reboot/, ''],
    ];
    const options = { services: discovery(3) };
    expect(await outcome(cluster, script(), options)).toBe('held 7');
    expect(await outcome(cluster, but(script(), [/locksmithctl status/, free]), options)).toContain(
      'all-at-once',
    );
  });
});
