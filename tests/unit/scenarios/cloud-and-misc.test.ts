import { describe, expect, test } from 'vitest';
import { variablesOf } from '../../../scenarios/cloud/_metadata.ts';
import nvme from '../../../scenarios/cloud/azure.nvme-friendly-naming.ts';
import awsMetadata from '../../../scenarios/cloud/cl.metadata.aws.ts';
import azureMetadata from '../../../scenarios/cloud/cl.metadata.azure.ts';
import gce from '../../../scenarios/cloud/cl.misc.gce.oem.ts';
import xvda from '../../../scenarios/cloud/coreos.misc.aws.diskfriendlyname.ts';
import falco, { loadedModules } from '../../../scenarios/misc/cl.misc.falco.ts';
import reset from '../../../scenarios/misc/cl.osreset.ignition-rerun.ts';
import toolbox from '../../../scenarios/misc/cl.toolbox.dnf-install.ts';
import fips from '../../../scenarios/security/misc.fips.ts';
import overlay from '../../../scenarios/storage/cl.overlay.cleanup.ts';
import { copiedUp, pathsOfOverlay } from '../../../src/machine/guest/etc-overlay.ts';
import { isAtLeast } from '../../../src/machine/guest/image-version.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

test('versions of images', () => {
  expect(isAtLeast({ version: '4208.0.0' }, '4208.0.0')).toBe(true);
  expect(isAtLeast({ version: '4207.9.9' }, '4208.0.0')).toBe(false);
  expect(isAtLeast({ version: '0.1.0', imitates: '4799.0.0' }, '4208.0.0')).toBe(true);
  expect(isAtLeast({ version: 'unknown' }, '4208.0.0')).toBe(true);
});

describe('clouds', () => {
  test('azure.nvme-friendly-naming', async () => {
    const good: Script = [
      [/azure\/os/, { code: 1 }],
      [/test|udevadm/, ''],
    ];
    expect(await outcome(nvme, good)).toBe('held 3');
    expect(await outcome(nvme, but(good, [/nvme0n1/, { code: 1 }]))).toContain('skipped: ');
    expect(await outcome(nvme, but(good, [/azure-nvme-id/, { code: 1 }]))).toContain('has-helper');
    expect(await outcome(nvme, but(good, [/azure\/root/, { code: 1 }]))).toContain('boot-disk');
  });
  test('coreos.misc.aws.diskfriendlyname', async () => {
    const good: Script = [
      [/readlink/, '/dev/nvme0n1'],
      [/test -b/, ''],
    ];
    expect(await outcome(xvda, good)).toBe('held 1');
    expect(await outcome(xvda, but(good, [/test -b/, { code: 1 }]))).toContain('block-device');
  });
  test('cl.misc.gce.oem', async () => {
    const good: Script = [
      [/is-active/, 'active\n'],
      [/NRestarts/, '0'],
      [/networkctl/, ''],
    ];
    expect(await outcome(gce, good)).toBe('held 3');
    expect(await outcome(gce, but(good, [/is-active/, 'activating\n']))).toContain('active-oem-gce.service');
    expect(await outcome(gce, but(good, [/NRestarts/, '3']))).toContain('never-restarted');
  });
  test('metadata', async () => {
    expect(variablesOf('A=1\nB=\n# C=2\nD_E=x=y\n')).toEqual(['A', 'D_E']);
    const path = '/run/metadata/coreos';
    const aws = 'COREOS_EC2_IPV4_LOCAL=10.0.0.1\nCOREOS_EC2_IPV4_PUBLIC=192.0.2.1\nCOREOS_EC2_HOSTNAME=a\n';
    expect(await outcome(awsMetadata, [], { files: { [path]: aws } })).toBe('held 3');
    // A variable without a value is not there.
    expect(await outcome(awsMetadata, [], { files: { [path]: aws.replace('=192.0.2.1', '=') } })).toContain(
      'has-COREOS_EC2_IPV4_PUBLIC',
    );
    expect(
      await outcome(azureMetadata, [], { files: { [path]: 'COREOS_AZURE_IPV4_VIRTUAL=1\n' } }),
    ).toContain('has-COREOS_AZURE_IPV4_DYNAMIC');
  });
});

test('cl.misc.falco', async () => {
  expect(loadedModules('Module Size Used\nfalco 1 0\nx 2 1 falco\n')).toEqual(['falco', 'x']);
  const good: Script = [
    [/mokutil/, { code: 127 }],
    [/docker run/, ''],
    [/lsmod/, 'Module Size\nfalco 1 0\n'],
    [/dmesg/, 'falco: initialization'],
  ];
  expect(await outcome(falco, good)).toBe('held 3');
  expect(await outcome(falco, but(good, [/docker run/, { code: 1 }]))).toContain('built-and-loaded');
  expect(await outcome(falco, but(good, [/lsmod/, 'Module Size\n']))).toContain('in-lsmod');
  expect(await outcome(falco, but(good, [/mokutil/, 'SecureBoot enabled\n']))).toContain('skipped: ');
});

test('cl.toolbox.dnf-install', async () => {
  const good: Script = [
    [/dnf/, ''],
    [/tcpdump/, { stdout: 'PASS\n', stderr: 'tcpdump version 4.99\n' }],
  ];
  expect(await outcome(toolbox, good)).toBe('held 3');
  expect(await outcome(toolbox, but(good, [/dnf/, { code: 1 }]))).toContain('installs');
  expect(await outcome(toolbox, but(good, [/--version/, { code: 127, stderr: 'not found' }]))).toContain(
    'runs',
  );
});

describe('cl.osreset.ignition-rerun', () => {
  const all = '/etc/keep-me\n/etc/keep-dir/file\n/etc/custom/keep.conf';
  const before: Script = [
    [/^for path in .service-works/, '/service-works\n/file-works'],
    [
      /^for path in .etc.keep-me .*delete/,
      `${all}\n/etc/delete-me\n/etc/delete-dir/file\n/etc/custom/delete-me`,
    ],
    [/is-enabled/, 'enabled'],
    [/machine-id$/, '0123456789abcdef0123456789abcdef'],
    [/sudo/, ''],
  ];
  const after: Script = [[/^for path in .etc.keep-me/, all], [/^for path in .etc.delete-me/, ''], ...before];
  test('every part of the state after it counts', async () => {
    expect(await outcome(reset, before, { afterReboot: after })).toBe('held 7');
    // A slip in the original made each of these pass.
    const wrong = async (...change: Script) =>
      await outcome(reset, before, { afterReboot: but(after, ...change) });
    expect(await wrong([/^for path in .service/, '/file-works'])).toContain('made-again');
    expect(await wrong([/^for path in .etc.keep-me/, '/etc/keep-me'])).toContain('kept');
    expect(await wrong([/^for path in .etc.delete-me/, '/etc/delete-me'])).toContain('deleted');
    expect(await wrong([/machine-id$/, 'f'.repeat(32)])).toContain('machine-id');
  });
});

describe('cl.overlay.cleanup', () => {
  const mountinfo =
    '30 1 254:9 / / rw - ext4 /dev/vda9 rw\n44 30 0:30 / /etc rw,relatime shared:1 - overlay overlay rw,lowerdir=/sysroot/usr/share/flatcar/etc,upperdir=/sysroot/etc,workdir=/sysroot/.etc-work\n';
  test('reads', () => {
    expect(pathsOfOverlay(mountinfo)).toEqual({ lowerdir: '/usr/share/flatcar/etc', upperdir: '/etc' });
    expect(pathsOfOverlay('30 1 254:9 / / rw - ext4 /dev/vda9 rw')).toBeUndefined();
    expect(copiedUp('f hostname\nc kexec.conf\nd a b\n')).toEqual(['hostname', 'a b']);
  });

  const planted = 'f hosts\nd security\nd profile.d\nf shells\nl os-release\nf hostname';
  const exists: Script = [
    [/test -e .etc.(?:sssd.sssd|kexec|wireguard)/, { code: 1 }],
    [/test -e/, ''],
  ];
  const good = (...listings: string[]): Script => [
    [/mountinfo/, mountinfo],
    [/unshare/, inTurn(...listings)],
    [/bash -s/, ''],
    ...exists,
  ];
  test('copies go, changes stay', async () => {
    expect(await outcome(overlay, good('f hostname', '', planted, 'f hostname'))).toBe('held 11');
    expect(await outcome(overlay, good('f hosts', '', planted, 'f hostname'))).toContain(
      'untouched-at-first',
    );
    expect(await outcome(overlay, good('f hostname', '', 'f hostname', 'f hostname'))).toContain('planted');
    expect(await outcome(overlay, good('f hostname', '', planted, 'f hostname\nd security'))).toContain(
      'copies-gone',
    );
    expect(await outcome(overlay, good('f hostname', '', planted, 'f resolv.conf'))).toContain(
      'resolv-conf-not-copied',
    );
    const back = but(good('f hostname', '', planted, 'f hostname'), [/test -e .etc.kexec/, '']);
    expect(await outcome(overlay, back)).toContain('still-deleted-/etc/kexec.conf');
  });
});

test('misc.fips', async () => {
  const good: Script = [
    [/fips_enabled/, '1'],
    [/list -provider/, 'Providers:\n  fips\n    status: active'],
    [/sha512/, `SHA2-512(stdin)= ${'a'.repeat(128)}`],
    [/md5/, { code: 1, stderr: 'unsupported' }],
  ];
  expect(await outcome(fips, good)).toBe('held 4');
  expect(await outcome(fips, but(good, [/fips_enabled/, '0']))).toContain('in-kernel');
  expect(await outcome(fips, but(good, [/list/, 'Providers:\n  default']))).toContain('provider');
  expect(await outcome(fips, but(good, [/md5/, 'MD5= d41d8cd9']))).toContain('md5-refused');
  // A program that is not there refuses nothing.
  expect(await outcome(fips, but(good, [/md5/, { code: 127 }]))).toContain('md5-refused');
});
