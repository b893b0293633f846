import { describe, expect, test } from 'vitest';
import disks from '../../../../scenarios/docs/docs.adding-disks.ts';
import audit from '../../../../scenarios/docs/docs.audit.ts';
import btrfs from '../../../../scenarios/docs/docs.btrfs.ts';
import containerd from '../../../../scenarios/docs/docs.custom-containerd.ts';
import docker from '../../../../scenarios/docs/docs.customizing-docker.ts';
import paths from '../../../../scenarios/docs/docs.kubelet-host-paths.ts';
import runtime from '../../../../scenarios/docs/docs.kubelet-runtime.ts';
import luks from '../../../../scenarios/docs/docs.luks.ts';
import later from '../../../../scenarios/docs/docs.nothing-changes-after-first-boot.ts';
import raid from '../../../../scenarios/docs/docs.raid-data.ts';
import twins from '../../../../scenarios/docs/docs.same-config-same-machine.ts';
import managed from '../../../../scenarios/docs/docs.systemd-managed-containers.ts';
import sysext from '../../../../scenarios/docs/docs.systemd-sysext.ts';
import tpm from '../../../../scenarios/docs/docs.tpm.ts';
import type { Script } from '../../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../../support/scenario-outcome.ts';

const no = { code: 1 } as const;
const asRoot: Script = [[/^sudo bash -s$/, '']];
const lsblk = (type: string, mountpoint: string): string =>
  JSON.stringify({ blockdevices: [{ name: 'md127', type, mountpoint }] });

describe('storage', () => {
  test('docs.raid-data', async () => {
    const state = (...words: readonly string[]) => inTurn(...words.map(word => `  State : ${word}\n`));
    const script = (...words: readonly string[]): Script => [
      ...asRoot,
      [/lsblk/, lsblk('raid1', '/var/lib/data')],
      [/--detail \/dev\/md127$/, state(...words)],
      [/^cat/, 'before\nafter'],
    ];
    expect(await outcome(raid, script('clean', 'clean, degraded', 'clean'))).toBe('held 5');
    expect(await outcome(raid, script('clean, degraded'))).toContain('whole');
    expect(await outcome(raid, script('clean', 'clean'))).toContain('degraded');
    const lost = but(script('clean', 'clean, degraded', 'clean'), [/^cat/, 'before']);
    expect(await outcome(raid, lost)).toContain('goes-on');
    expect(await outcome(raid, script('clean', 'clean, degraded, recovering'))).toContain('whole-again');
  });

  test('docs.adding-disks', async () => {
    const script = (under: string, note = 'kept'): Script => [
      ...asRoot,
      [/^basename/, 'vdb'],
      [/findmnt/, under],
      [/note/, note],
    ];
    expect(await outcome(disks, script('vdb'))).toBe('held 3');
    expect(await outcome(disks, script('vda'))).toContain('on-the-disk');
    expect(await outcome(disks, script('vdb'), { afterReboot: script('vda') })).toContain(
      'on-the-disk-after-reboot',
    );
    expect(await outcome(disks, script('vdb', ''))).toContain('data-after-reboot');
  });

  test('docs.luks', async () => {
    const script = (outside: number): Script => [
      ...asRoot,
      [/lsblk/, lsblk('crypt', '/mnt/data')],
      [/tee/, ''],
      [/^cat/, 'kept'],
      [/mapper/, ''],
      [/by-partlabel/, { code: outside }],
    ];
    expect(await outcome(luks, script(1))).toBe('held 5');
    expect(await outcome(luks, script(0))).toContain('unreadable-outside');
    // A search that could not be made has not shown that there is nothing.
    expect(await outcome(luks, script(2))).toContain('unreadable-outside');
    expect(await outcome(luks, but(script(1), [/mapper/, no]))).toContain('readable-inside');
  });

  test('docs.btrfs', async () => {
    const usage = (bytes: number): string => `    Device allocated:\t\t ${bytes}\n`;
    const script = (after: number): Script => [
      ...asRoot,
      [/^echo x/, no],
      [/then\/note/, 'before'],
      [/home\/note/, 'after'],
      [/usage/, inTurn(usage(300), usage(after))],
      [/balance/, ''],
    ];
    expect(await outcome(btrfs, script(100))).toBe('held 4');
    expect(await outcome(btrfs, script(300))).toContain('space-given-back');
    expect(await outcome(btrfs, but(script(100), [/^cat .*then\/note/, 'after']))).toContain('snapshot-kept');
    expect(await outcome(btrfs, but(script(100), [/^echo x/, '']))).toContain('snapshot-read-only');
  });
});

describe('security', () => {
  test('docs.tpm', async () => {
    const secret = 'only for this state';
    const script = (changed: { code: number; stdout?: string }): Script => {
      let asked = 0;
      return [...asRoot, [/pcrextend|pcrreset/, ''], [/unseal/, () => (++asked === 2 ? changed : secret)]];
    };
    expect(await outcome(tpm, script({ code: 1 }))).toBe('held 4');
    expect(await outcome(tpm, script({ code: 0, stdout: secret }))).toContain('withheld');
    expect(await outcome(tpm, [[/bash -s/, no]])).toContain('sealed');
  });

  test('docs.audit', async () => {
    const record = (comm: string): string => `type=1300 comm="${comm}" key="kola-watch"`;
    const script = (log: string): Script => [...asRoot, [/journalctl/, log]];
    expect(await outcome(audit, script(record('tee')))).toBe('held 2');
    expect(await outcome(audit, script('op=add_rule key="kola-watch"'))).toContain('writer-named');
    expect(await outcome(audit, script(`${record('tee')}\n${record('cat')}`))).toContain('only-writers');
  });
});

describe('containers', () => {
  const scratch: Script = [[/^bash -s$/, '']];

  test('docs.systemd-managed-containers', async () => {
    const script = (...ids: readonly string[]): Script => [
      ...asRoot,
      ...scratch,
      [/docker ps/, inTurn(...ids)],
      [/journalctl/, 'Started\nstill speaking'],
      [/docker kill|disable/, ''],
    ];
    expect(await outcome(managed, script('one', 'two', ''))).toBe('held 4');
    expect(await outcome(managed, script('one', 'one'))).toContain('started-again');
    expect(await outcome(managed, script('one', 'two', 'two'))).toContain('ended');
  });

  test('docs.custom-containerd', async () => {
    const script = (program: string): Script => [
      ...asRoot,
      ...scratch,
      [/readlink/, program],
      [/docker run/, 'alive'],
    ];
    expect(await outcome(containerd, script('/opt/bin/containerd'))).toBe('held 2');
    expect(await outcome(containerd, script('/usr/bin/containerd'))).toContain('from-opt');
  });

  test('docs.customizing-docker', async () => {
    const script = (size: number): Script => [
      ...asRoot,
      ...scratch,
      [/curl/, '{"Version":"20.10","ApiVersion":"1.41"}'],
      [/stat --format/, String(size)],
      [/docker --host/, '/var/lib/docker/x-json.log'],
    ];
    expect(await outcome(docker, script(9000))).toBe('held 2');
    expect(await outcome(docker, script(90_000))).toContain('log-cut');
    expect(await outcome(docker, but(script(9000), [/curl/, { code: 7 }]))).toContain('api-over-tcp');
  });

  test('docs.kubelet-host-paths', async () => {
    const good: Script = [
      ...scratch,
      [/sudo mkdir/, ''],
      [/echo x/, no],
      [/\btee\b/, ''],
      [/cat/, 'from a pod'],
      [/sha256sum/, 'abc  -'],
    ];
    expect(await outcome(paths, good)).toBe('held 7');
    expect(await outcome(paths, but(good, [/--volume \/etc\/resolv\.conf/, 'def  -']))).toContain(
      'reads-resolv-conf',
    );
    expect(await outcome(paths, but(good, [/echo x/, '']))).toContain('read-only');
    expect(await outcome(paths, but(good, [/cat \/etc\/kubernetes/, no]))).toContain('writes-kubernetes');
  });

  test('docs.kubelet-runtime', async () => {
    const info = (driver: string): string =>
      JSON.stringify({
        ServerVersion: '20.10.24',
        Driver: 'overlay2',
        CgroupDriver: driver,
        SecurityOptions: [],
        Runtimes: {},
      });
    const log = '{"log":"out\\n","stream":"stdout"}\n{"log":"err\\n","stream":"stderr"}\n';
    const good: Script = [
      ...scratch,
      [/docker info/, info('systemd')],
      [/docker run|docker rm/, 'id'],
      [/State\.Pid/, '42'],
      [/LogPath/, '/log'],
      [/proc\/42\/cgroup/, `0::/system.slice/docker-${'a'.repeat(64)}.scope`],
      [/mountinfo/, 'overlay'],
      [/cat "\/log"/, log],
    ];
    expect(await outcome(runtime, good)).toBe('held 5');
    expect(await outcome(runtime, but(good, [/docker info/, info('cgroupfs')]))).toContain('cgroup-driver');
    expect(await outcome(runtime, but(good, [/mountinfo/, 'btrfs']))).toContain('overlay');
    expect(await outcome(runtime, but(good, [/cat "\/log"/, log.split('\n')[0] ?? '']))).toContain('log');
  });
});

describe('promises and extensions', () => {
  test('docs.same-config-same-machine', async () => {
    const state = (more = ''): Script => [
      [/is-system-running/, 'running'],
      [
        /sudo sh/,
        `unit kola-once.service\tactive exited\nhash /etc/kola.conf\tabc\naccount user kola-user4\tx\n${more}end reached\tyes\n`,
      ],
    ];
    expect(await outcome(twins, state())).toBe('held 4');
    const second = state('hash /etc/kola-visitor\tdef\n');
    expect(await outcome(twins, state(), { roles: { second } })).toContain('same');
    const ownKey = state('hash /etc/ssh/ssh_host_ed25519_key\tdef\n');
    expect(await outcome(twins, state(), { roles: { second: ownKey } })).toBe('held 4');
  });

  test('docs.nothing-changes-after-first-boot', async () => {
    const state = (word: string, units: readonly string[], more = ''): Script => [
      ...asRoot,
      [/is-system-running/, 'running'],
      [
        /^sudo sh$/,
        `${units.map(unit => `unit ${unit}\tactive exited\n`).join('')}${more}end reached\tyes\n`,
      ],
      [/kola\.conf/, word],
    ];
    const condition = (unit: string, result: string, time: number): string =>
      `Id=${unit}\nConditionResult=${result}\nConditionTimestampMonotonic=${time}\n`;
    const first = state('as configured', ['a.service', 'b.service', 'c.service']);
    const second = (shown: string, more = ''): { afterReboot: Script } => ({
      afterReboot: [
        ...state('as edited', ['a.service'], more),
        [/systemctl show .* 'b.service' 'c.service'$/, shown],
      ],
    });
    const both = `${condition('b.service', 'no', 17)}\n${condition('c.service', 'no', 18)}`;
    expect(await outcome(later, first, second(both))).toBe('held 3');
    const neverAsked = `${condition('b.service', 'no', 17)}\n${condition('c.service', 'no', 0)}`;
    expect(await outcome(later, first, second(neverAsked))).toMatch(/unchanged.*c\.service/s);
    const died = `${condition('b.service', 'yes', 17)}\n${condition('c.service', 'no', 18)}`;
    expect(await outcome(later, first, second(died))).toMatch(/unchanged.*b\.service/s);
    expect(await outcome(later, first, second(both, 'hash /etc/kola-visitor\tabc\n'))).toContain(
      'kola-visitor',
    );
  });

  test('docs.systemd-sysext', async () => {
    const script = (...answers: readonly string[]): Script => [
      ...asRoot,
      [/kola-tool/, inTurn(...answers)],
      [/touch/, no],
    ];
    expect(await outcome(sysext, script('from an extension', ''))).toBe('held 3');
    expect(await outcome(sysext, script(''))).toContain('runs');
    expect(await outcome(sysext, script('from an extension', 'from an extension'))).toContain('gone');
  });
});
