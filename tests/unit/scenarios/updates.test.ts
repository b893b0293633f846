import { describe, expect, test } from 'vitest';
import bootOld from '../../../scenarios/update/cl.sysext.boot.old.ts';
import boot from '../../../scenarios/update/cl.sysext.boot.ts';
import fallback from '../../../scenarios/update/cl.sysext.fallbackdownload.ts';
import btrfsCompat from '../../../scenarios/update/cl.update.docker-btrfs-compat.ts';
import oemUpdate from '../../../scenarios/update/cl.update.oem.ts';
import type { OmahaService, Services } from '../../../src/core/services.ts';
import { parseSysextStatus } from '../../../src/machine/guest/sysext.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, type OutcomeOptions, outcome } from '../../support/scenario-outcome.ts';

const machineId = 'f'.repeat(32);

/** An update server that has handed out its payload. */
const omaha: Partial<Services> = {
  omaha: async () =>
    ({
      updateUrl: 'http://10.0.2.2:4001/v1/update/',
      log: { mark: () => 0, entries: [{ seq: 1, kind: 'download' }] },
      offer: async () => {},
      awaitEvent: async () => ({ seq: 1, time: 0 }),
    }) as unknown as OmahaService,
};

const status = (operation: string): string => `CURRENT_OP=UPDATE_STATUS_${operation}\n`;
const options: OutcomeOptions = { services: omaha, updatePayload: '/nowhere/payload.gz' };

/** From slot A to B to A: rootdev is asked at first and after each reboot. */
const bothSlots = (...slots: string[]): Script => [
  [/rootdev/, inTurn(...slots)],
  [/readlink -f .dev.disk.by-partlabel.USR-A/, '/dev/vda3'],
  [/readlink -f .dev.disk.by-partlabel.USR-B/, '/dev/vda4'],
  [/wipefs --noheadings/, ''],
  [/-status/, status('UPDATED_NEED_REBOOT')],
  [/os-release/, '4799.0.0'],
  [/machine-id/, machineId],
  [/journalctl/, 'nothing of note'],
  [/^sudo|check_for_update/, ''],
];
const inOrder = ['/dev/vda3', '/dev/vda4', '/dev/vda3'];
const denial = 'avc:  denied  { read } for  pid=1 comm="x" tclass=file permissive=0';

test('cl.update.docker-btrfs-compat', async () => {
  const info = (driver: string): string =>
    JSON.stringify({
      ServerVersion: '20.10.24',
      Driver: driver,
      CgroupDriver: 'systemd',
      SecurityOptions: null,
      Runtimes: {},
    });
  const good = (...drivers: string[]): Script => [
    [/docker info/, inTurn(...drivers.map(info))],
    [/docker image ls/, 'x\nkola-ls'],
    [/docker ps/, 'kola-btrfs'],
    [/^bash -s|docker run/, ''],
    ...bothSlots(...inOrder),
  ];
  expect(await outcome(btrfsCompat, good('btrfs'), options)).toMatch(/^held \d+$/);
  expect(await outcome(btrfsCompat, good('btrfs', 'overlay2'), options)).toContain('driver-after');
  // Listing its signatures, as the original did, leaves the slot as it is.
  expect(
    await outcome(btrfsCompat, but(good('btrfs'), [/wipefs --noheadings/, '0x438 ext4']), options),
  ).toContain('a-invalid');
  const denied = (): Script => but(good('btrfs'), [/journalctl/, denial]);
  expect(await outcome(btrfsCompat, denied(), options)).toContain('no-denials-at-last');
  expect(await outcome(btrfsCompat, but(denied(), [/os-release/, '4207.1.0']), options)).toMatch(/^held/);
  expect(await outcome(btrfsCompat, good('btrfs'), { services: omaha })).toContain(
    'skipped: there is no update payload',
  );
  expect(await outcome(btrfsCompat, but(good('btrfs'), [/docker ps/, '']), options)).toContain(
    'container-kept',
  );
  expect(await outcome(btrfsCompat, but(good('btrfs'), [/docker image ls/, '']), options)).toContain(
    'image-kept',
  );
});

describe('cl.update.oem', () => {
  const merged = (...extensions: string[]): string => JSON.stringify([{ hierarchy: '/usr', extensions }]);
  test('status of extensions', () => {
    expect(parseSysextStatus('[{"hierarchy":"/opt","extensions":"none"}]')).toEqual({ '/opt': [] });
    expect(parseSysextStatus(merged('a', 'b'))).toEqual({ '/usr': ['a', 'b'] });
  });
  const no = { code: 1 } as const;
  const common = (): Script => [
    [/curl/, ''],
    [/sysext status/, merged('oem-azure', 'containerd-flatcar')],
    [/^ls /, 'flatcar-tools-4799.0.0.raw'],
    ...bothSlots(...inOrder),
  ];
  /** Reboots change the state: leftovers go and the marker comes with the second one. */
  const run = (...change: Script) => {
    let reboots = 0;
    const machineState: Script = [
      [/test -e .oem.sysext.active/, () => (reboots > 0 ? '' : no)],
      [
        /flatcar-update/,
        () => {
          reboots += 1;
          return '';
        },
      ],
      [/test -e .oem.sysext.oem-azure/, ''],
      [/test -e/, () => (reboots > 0 ? no : '')],
    ];
    return outcome(oemUpdate, [...change, ...machineState, ...common()], options);
  };
  test('moves to the extension', async () => {
    expect(await run()).toMatch(/^held \d+$/);
    expect(await run([/sysext status/, merged('flatcar-tools')])).toContain('oem-merged');
    expect(await run([/^ls /, 'nothing'])).toContain('extension-carried');
    expect(await run([/test -e .oem.sysext.oem-azure/, no])).toContain('extension-at-hand');
    expect(await run([/test -e .oem.python/, ''])).toContain('migrated-/oem/python');
    expect(await run([/test -e .oem.sysext.active/, no])).toContain('active');
  });
});

describe.each([
  [boot, '/oem'],
  [bootOld, '/usr/share/oem'],
] as const)('extensions of the running version (%#)', (scenario, oem) => {
  const good: Script = [
    [/os-release/, '4799.0.0'],
    [/readlink -e .etc.extensions.oem-test/, `${oem}/sysext/oem-test-4799.0.0.raw`],
    [/readlink -e .etc.extensions.flatcar-myext/, '/etc/flatcar/sysext/flatcar-myext-4799.0.0.raw'],
    [/^sudo|^echo|test -e/, ''],
  ];
  test('are linked, whatever was before', async () => {
    expect(await outcome(scenario, good)).toBe('held 8');
    expect(
      await outcome(
        scenario,
        but(good, [/readlink -e .etc.extensions.oem-test/, '/etc/flatcar/oem-sysext/oem-test-1.2.3.raw']),
      ),
    ).toContain('oem-link-older-in-root');
    expect(await outcome(scenario, but(good, [/readlink -e .etc.extensions.flatcar-myext/, '']))).toContain(
      'own-link-older-in-root',
    );
    expect(await outcome(scenario, but(good, [/test -e/, { code: 1 }]))).toContain('older-moved');
    expect(
      await outcome(scenario, good, { roles: { 'with-ignition': [[/readlink -e .*myext/, '']] } }),
    ).toContain('own-link-by-ignition');
  });
});

test('cl.sysext.fallbackdownload', async () => {
  const good: Script = [
    [/os-release/, '4799.0.0+nightly'],
    [/md5sum/, '7192addf4a7f890c0057d21653eff2ea  /usr/share/x'],
    [/curl/, '200'],
    [/test -e/, { code: 1 }],
    [/stat/, '1000'],
    [/sudo|echo/, ''],
  ];
  const afterReboot = but(good, [/test -e/, '']);
  expect(await outcome(fallback, good, { afterReboot })).toBe('held 3');
  expect(await outcome(fallback, good)).toContain('downloaded');
  expect(await outcome(fallback, afterReboot)).toContain('absent-at-first');
  expect(await outcome(fallback, good, { afterReboot: but(afterReboot, [/stat/, '0']) })).toContain(
    'not-empty',
  );
  expect(await outcome(fallback, but(good, [/md5sum/, 'other  x']))).toContain('skipped: ');
  expect(await outcome(fallback, but(good, [/curl/, '404']))).toContain('skipped: ');
});
