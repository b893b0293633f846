import { describe, expect, test } from 'vitest';
import confext from '../../../scenarios/sysext/confext.skiprefresh.ts';
import custom from '../../../scenarios/sysext/sysext.custom-docker.sysext.ts';
import noContainerd from '../../../scenarios/sysext/sysext.disable-containerd.ts';
import noDocker from '../../../scenarios/sysext/sysext.disable-docker.ts';
import simpleOld from '../../../scenarios/sysext/sysext.simple.old.ts';
import simple from '../../../scenarios/sysext/sysext.simple.ts';
import zfsDocker from '../../../scenarios/sysext/sysext.zfs.docker.ts';
import zfsNfs from '../../../scenarios/sysext/sysext.zfs.nfs.ts';
import zfsReboot from '../../../scenarios/sysext/sysext.zfs.reboot.ts';
import type { UserData } from '../../../src/core/user-data.ts';
import { dockerVersionOf } from '../../../src/machine/guest/licenses.ts';
import { parseProperties } from '../../../src/machine/guest/unit-state.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, outcome } from '../../support/scenario-outcome.ts';

test('properties of a unit', () => {
  expect(parseProperties('A=1\nEnvironment=X=y Z=\nEmpty=\n\n=x')).toEqual({
    A: '1',
    Environment: 'X=y Z=',
    Empty: '',
  });
});

test.each([noContainerd, noDocker])('$name', async scenario => {
  const good: Script = [
    [/bash$/, ''],
    [/test -e/, { code: 1 }],
  ];
  expect(await outcome(scenario, good)).toBe('held 2');
  expect(await outcome(scenario, but(good, [/test -e/, '']))).toContain('program-gone');
  expect(await outcome(scenario, but(good, [/bash$/, { code: 1 }]))).toContain('usr-is-there');
});

describe.each([
  [simple, '/oem'],
  [simpleOld, '/usr/share/oem'],
] as const)('a folder as extension (%#)', (scenario, oem) => {
  const good: Script = [
    [/hello-sysext/, 'sysext works'],
    [/test -e|^ls|systemctl restart/, ''],
    [/findmnt/, oem],
  ];
  test('is merged for the operating system that runs', async () => {
    const seen: (UserData | undefined)[] = [];
    const onProvision = (_: string, data: UserData | undefined) => seen.push(data);
    expect(
      await outcome(scenario, good, { onProvision, image: { osRelease: { id: 'kola-reference' } } }),
    ).toBe('held 4');
    expect(decodeURIComponent(JSON.stringify(seen))).toContain('ID=kola-reference');
    // For systems that have no level: their version is that of the image, without what a build adds.
    expect(decodeURIComponent(JSON.stringify(seen))).toMatch(/^VERSION_ID=1\.0\.0$/m);
    expect(await outcome(scenario, but(good, [/hello-sysext/, '']))).toContain('merged-at-boot');
    expect(await outcome(scenario, but(good, [/findmnt/, `${oem}\n/mnt`]))).toContain('oem-at-boot');
    // Without an OEM partition there is no place to look at.
    expect(await outcome(scenario, but(good, [/test -e/, { code: 1 }]))).toBe('held 2');
  });
});

test('confext.skiprefresh', async () => {
  const good: Script = [
    [/LoadState/, 'loaded'],
    [/journalctl/, 'Starting systemd-confext.service\nSkipping refresh\n'],
    [/findmnt/, ''],
  ];
  expect(await outcome(confext, good)).toBe('held 3');
  expect(await outcome(confext, but(good, [/journalctl/, 'Merged extensions into /etc.\n']))).toContain(
    'not-merged-again',
  );
  expect(await outcome(confext, but(good, [/findmnt/, { code: 1 }]))).toContain('writable');
  expect(await outcome(confext, but(good, [/LoadState/, 'not-found']))).toContain('unit-known');
});

test('sysext.custom-docker.sysext: the daemon is of the version that was built', async () => {
  const licenses =
    '[{"project":"app-containers/docker-cli-1.0"},{"project":"app-containers/docker-24.0.9-r1::portage"}]';
  expect(dockerVersionOf(licenses)).toBe('24.0.9');
  expect(dockerVersionOf('[]')).toBeUndefined();
  let version = '';
  const good: Script = [
    [/command -v docker/, { code: 1 }],
    [/git clone|^bash -s/, ''],
    [/docker version/, () => (version = version === '' ? '20.10.21' : '24.0.9')],
    [/busybox/, 'it works'],
    [/bzcat/, licenses],
  ];
  expect(await outcome(custom, good)).toBe('held 5');
  expect(await outcome(custom, but(good, [/docker version/, '19.3.0']))).toContain('version-20.10.21');
  expect(await outcome(custom, but(good, [/command -v/, '/usr/bin/docker']))).toContain('no-docker');
});

describe('ZFS', () => {
  const reboot: Script = [
    [/os-release/, '4799.0.0'],
    [/findmnt/, 'zfs'],
    [/zpool list/, 'tank'],
    [/zfs list/, 'tank\t/tank'],
    [/tee/, ''],
    [/lsmod/, 'Module Size Used\nzfs 123 1\n'],
    [/^cat .tank/, 'world'],
  ];
  test('sysext.zfs.reboot', async () => {
    expect(await outcome(zfsReboot, reboot)).toBe('held 8');
    expect(await outcome(zfsReboot, but(reboot, [/findmnt/, 'ext4']))).toContain('mounted-at-first');
    expect(await outcome(zfsReboot, reboot, { afterReboot: but(reboot, [/zpool list/, '']) })).toContain(
      'pool-after-reboot',
    );
    expect(await outcome(zfsReboot, but(reboot, [/lsmod/, 'Module\nzfsx 1 1']))).toContain('module-loaded');
    expect(await outcome(zfsReboot, but(reboot, [/^cat/, '']))).toContain('data-after-reboot');
  });
  test('a build whose extensions nobody can fetch is skipped', async () => {
    const nightly: Script = [[/os-release/, '4799.0.0+nightly-20260821-2100'], ...reboot];
    expect(await outcome(zfsReboot, but(nightly, [/curl/, '404']))).toContain(
      'skipped: the extensions of 4799.0.0+nightly',
    );
    expect(await outcome(zfsReboot, but(nightly, [/curl/, '200']))).toBe('held 8');
  });
  test('a platform that has no disk to give is not chosen', () => {
    for (const scenario of [zfsReboot, zfsDocker, zfsNfs]) expect(scenario.needs.disks).toHaveLength(1);
  });
  test('sysext.zfs.docker', async () => {
    const info = JSON.stringify({
      ServerVersion: '24.0.9',
      Driver: 'zfs',
      CgroupDriver: 'systemd',
      SecurityOptions: null,
      Runtimes: {},
    });
    const good: Script = [
      [/os-release/, '4799.0.0'],
      [/docker info/, info],
      [/^bash -s/, ''],
      [/docker run/, 'tank/docker/abc / zfs rw 0 0\n'],
    ];
    expect(await outcome(zfsDocker, good)).toBe('held 2');
    expect(
      await outcome(zfsDocker, but(good, [/docker info/, info.replace('"zfs"', '"overlay2"')])),
    ).toContain('storage-driver');
    expect(await outcome(zfsDocker, but(good, [/docker run/, 'overlay / overlay rw 0 0']))).toContain(
      'root-on-zfs',
    );
  });
  test('sysext.zfs.nfs', async () => {
    const good: Script = [
      [/os-release/, '4799.0.0'],
      [/tee|mkdir|mount/, ''],
      [/^cat/, 'world'],
    ];
    expect(await outcome(zfsNfs, good)).toBe('held 2');
    expect(await outcome(zfsNfs, but(good, [/mount -t/, { code: 32 }]))).toContain('mounted');
    expect(await outcome(zfsNfs, but(good, [/^cat/, 'moon']))).toContain('file-seen');
  });
});
