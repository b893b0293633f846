import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import type { CheckContext, Scenario, ScenarioContext, ScenarioSpec } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { buildCache } from '../../src/machine/guest/build-cache.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, type IgnitionParts, unit } from '../../src/machine/user-data/ignition/builders.ts';

/** A unit that runs once, with the extension in place, and before what uses its work. */
const once = (description: string, commands: readonly string[], more: readonly string[] = []): string =>
  [
    '[Unit]',
    `Description=${description}`,
    'ConditionFirstBoot=true',
    'Wants=first-boot-complete.target',
    'Before=first-boot-complete.target',
    'After=systemd-sysext.service systemd-udev-settle.service',
    'Requires=systemd-udev-settle.service',
    ...more,
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStartPre=/usr/sbin/modprobe zfs',
    ...commands.map(command => `ExecStart=${command}`),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');

/** The extension, and a pool `tank` on the extra disk; `datasets` are made in it. */
export const zfsPool = (datasets: readonly string[] = [], before: readonly string[] = []): IgnitionParts => ({
  files: [file('/etc/flatcar/enabled-sysext.conf', 'zfs\n', { overwrite: true })],
  units: [
    unit('kola-pool.service', {
      enabled: true,
      contents: once(
        'Make a pool',
        [
          '/usr/sbin/zpool create tank /dev/disk/by-id/virtio-zfs',
          ...datasets.map(one => `/usr/sbin/zfs create ${one}`),
        ],
        before,
      ),
    }),
  ],
});

type ZfsSpec = Pick<ScenarioSpec, 'name' | 'description' | 'userData' | 'machines'> & {
  readonly capabilities?: readonly string[];
  readonly machineCount?: number;
  readonly tags?: readonly string[];
  run(t: ScenarioContext): Promise<void>;
};

/** Extensions of a developer's build are only where its build left them: without that place there is nothing to test. */
const checkPublished = async (t: CheckContext, machine: Machine): Promise<void> => {
  const version = await machine.run('. /etc/os-release && printf %s "$VERSION"');
  if (!version.includes('+')) return;
  const status = await machine.run(
    `curl --silent --location --output /dev/null --max-time 30 --write-out '%{http_code}' ${buildCache(t.arch, version)}/version.txt`,
  );
  if (status !== '200') t.skip(`the extensions of ${version} are not published (status ${status})`);
};

/** What the scenarios about ZFS have in common: the extension and a disk for the pool. */
export const zfsScenario = ({
  capabilities = [],
  machineCount = 1,
  tags = [],
  run,
  ...spec
}: ZfsSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['sysext', 'storage', 'zfs', ...tags],
    platforms: localAndAzure,
    versions: { from: '3902.0.0' },
    needs: {
      capabilities: ['sysext', 'zfs-sysext', ...capabilities],
      external: ['internet'],
      // Selection keeps it from platforms that have no further disks to give.
      disks: [{ serial: 'zfs', sizeMiB: 1024 }],
      coldBoot: true,
      ...(machineCount > 1 ? { machines: machineCount, platform: ['private-network'] } : {}),
    },
    timeout: minutes(15),
    run: async t => {
      const [first] = t.machines;
      if (first !== undefined) await checkPublished(t, first);
      await run(t);
    },
  });
