import { describe, expect, test } from 'vitest';
import btrfs from '../../../scenarios/docker/docker.btrfs-storage.ts';
import restart, { parseState, restarted } from '../../../scenarios/docker/docker.containerd-restart.ts';
import compat from '../../../scenarios/docker/docker.lib-coreos-dockerd-compat.ts';
import ncat from '../../../scenarios/docker/docker.network-nmap-ncat.ts';
import nc from '../../../scenarios/docker/docker.network-openbsd-nc.ts';
import selinux, { isExpectedDenial } from '../../../scenarios/docker/docker.selinux.ts';
import userns from '../../../scenarios/docker/docker.userns.ts';
import { parseDenials } from '../../../src/machine/guest/avc.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

const image: Script[number] = [/^bash -s/, ''];
const info = (driver: string): string =>
  JSON.stringify({
    ServerVersion: '24.0.9',
    Driver: driver,
    CgroupDriver: 'systemd',
    SecurityOptions: ['name=seccomp,profile=builtin'],
    Runtimes: { runc: { path: 'runc' } },
  });

test('docker.btrfs-storage', async () => {
  const good: Script = [
    image,
    [/findmnt/, 'btrfs'],
    [/docker info/, info('btrfs')],
    [/docker run/, 'on btrfs'],
  ];
  expect(await outcome(btrfs, good)).toBe('held 3');
  expect(await outcome(btrfs, but(good, [/findmnt/, 'ext4']))).toContain('filesystem');
  expect(await outcome(btrfs, but(good, [/docker info/, info('overlay2')]))).toContain('storage-driver');
  expect(await outcome(btrfs, but(good, [/docker run/, '']))).toContain('container-runs');
});

describe('docker.containerd-restart', () => {
  test('states', () => {
    expect(parseState('SubState=running\nMainPID=42\n')).toEqual({ sub: 'running', pid: 42 });
    expect(restarted(42, { sub: 'running', pid: 42 })).toBeUndefined();
    expect(restarted(42, { sub: 'auto-restart', pid: 0 })).toBeUndefined();
    expect(restarted(42, { sub: 'running', pid: 43 })).toEqual({ sub: 'running', pid: 43 });
    expect(() => restarted(42, { sub: 'failed', pid: 0 })).toThrow('it is failed');
  });

  const state = (pid: number, sub = 'running'): string => `SubState=${sub}\nMainPID=${pid}`;
  const good = (): Script => [
    image,
    [/ContainerdCommit/, '3dce8eb'],
    [/docker run --detach/, 'id'],
    [/sudo kill/, ''],
    [/systemctl show/, inTurn(state(1), state(0, 'auto-restart'), state(2), state(2), state(3))],
  ];
  test('comes back twice', async () => {
    expect(await outcome(restart, good())).toBe('held 10');
    expect(await outcome(restart, but(good(), [/systemctl show/, state(1)]))).toContain('back-after-SIGTERM');
    expect(
      await outcome(restart, but(good(), [/systemctl show/, inTurn(state(1), state(0, 'failed'))])),
    ).toContain('it is failed');
    expect(await outcome(restart, but(good(), [/ContainerdCommit/, '']))).toContain('docker-sees-containerd');
    expect(await outcome(restart, but(good(), [/ContainerdCommit/, inTurn('3dce8eb', '')]))).toContain(
      'docker-sees-it-after-SIGTERM',
    );
  });
});

test('docker.lib-coreos-dockerd-compat: the daemon that answers is that of the old unit', async () => {
  const good: Script = [
    [/FragmentPath/, '/etc/systemd/system/docker.service'],
    [/is-active/, 'active\n'],
  ];
  const subtest = 'old-unit-runs';
  expect(await outcome(compat, good, { subtest })).toBe('held 2');
  expect(
    await outcome(compat, but(good, [/FragmentPath/, '/usr/lib/systemd/system/docker.service']), { subtest }),
  ).toContain('unit');
  expect(await outcome(compat, but(good, [/is-active/, 'failed\n']), { subtest })).toContain('active');
  expect(compat.subtests).toHaveLength(6);
});

test.each([
  ['nc', nc],
  ['ncat', ncat],
])('containers exchange lines with %s', async (program, scenario) => {
  const good: Script = [
    image,
    [/inspect/, '77'],
    [/proc.77.net/, '  sl  local_address rem_address   st\n   0: 00000000:2704 00000000:0000 0A'],
    [/docker run --detach/, ''],
    [new RegExp(`docker run --rm .* ${program} `), 'HELLO FROM SERVER'],
    [/docker wait/, '0'],
    [/docker logs/, 'HELLO FROM CLIENT'],
  ];
  expect(await outcome(scenario, good)).toBe('held 3');
  expect(await outcome(scenario, but(good, [/proc.77.net/, '']))).toContain('server-listens');
  expect(await outcome(scenario, but(good, [/docker run --rm/, '']))).toContain('client-heard');
  expect(await outcome(scenario, but(good, [/docker logs/, '']))).toContain('server-heard');
});

test('docker.userns: any field of the mapping that is off fails', async () => {
  const good: Script = [
    image,
    [/echo fj\.fj/, 'fj.fj'],
    [/docker run --detach/, 'id'],
    [/State\.Running/, 'true'],
    [/State\.Pid/, '77'],
    [/uid_map/, '         0     100000      65536'],
    [/docker rm/, ''],
  ];
  expect(await outcome(userns, good)).toBe('held 3');
  for (const map of ['0 0 4294967295', '0 100001 65536', '1 100000 65536', '0 100000 65535'])
    expect(await outcome(userns, but(good, [/uid_map/, map])), map).toContain('uid-map');
});

describe('docker.selinux', () => {
  const denied =
    'audit: type=1400 audit(1.2:3): avc:  denied  { write } for  pid=9 comm="sh" name="misc" dev="overlay" ino=7 scontext=system_u:system_r:container_t:s0:c1,c2 tcontext=system_u:object_r:etc_t:s0 tclass=dir permissive=0';
  const other = denied.replace('comm="sh"', 'comm="dockerd"');
  const good = (): Script => [
    image,
    [/setenforce|mkdir/, ''],
    [/misc:\/opt:z/, ''],
    [/echo world/, { code: 1, stderr: 'Permission denied' }],
    [/misc:\/opt kola-sh sh -c 'true'/, ''],
    [/date/, '1000'],
    [/journalctl/, denied],
    [/^cat/, 'world'],
  ];

  test('denials are read field by field', () => {
    expect(parseDenials(`x\n${denied}\n`)).toHaveLength(1);
    expect(parseDenials(denied)[0]?.fields).toMatchObject({ comm: 'sh', dev: 'overlay', permissive: '0' });
    expect(parseDenials(denied).every(isExpectedDenial)).toBe(true);
    for (const [from, to] of [
      ['permissive=0', 'permissive=1'],
      ['{ write }', '{ read }'],
      ['name="misc"', 'name="other"'],
      ['etc_t', 'tmp_t'],
      ['container_t', 'unconfined_t'],
      ['tclass=dir', 'tclass=file'],
    ] as const)
      expect(parseDenials(denied.replace(from, to)).some(isExpectedDenial), to).toBe(false);
  });

  test('passes only with the denial and without any other', async () => {
    expect(await outcome(selinux, good())).toBe('held 6');
    expect(await outcome(selinux, but(good(), [/journalctl/, '']))).toContain('denial-logged');
    expect(await outcome(selinux, but(good(), [/journalctl/, other]))).toContain('denial-logged');
    expect(await outcome(selinux, but(good(), [/journalctl/, `${denied}\n${other}`]))).toContain(
      'no-other-denial',
    );
    expect(
      await outcome(selinux, but(good(), [/journalctl/, `${denied}\n${other}`]), {
        image: { imitates: '4207.0.0' },
      }),
    ).toBe('held 5');
    expect(await outcome(selinux, but(good(), [/misc:\/opt kola-sh sh -c 'echo/, '']))).toContain(
      'write-refused',
    );
    expect(await outcome(selinux, but(good(), [/^cat/, '']))).toContain('written');
  });
});
