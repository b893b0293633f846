import type { UserData } from '../../core/user-data.ts';
import { file, type IgnitionParts, ignition, unit } from '../user-data/ignition/builders.ts';

const image = '/var/lib/docker.btrfs';

/** Docker's folder on a btrfs filesystem in a sparse file of 25 GiB. */
const disk: IgnitionParts = {
  units: [
    unit('format-docker-btrfs.service', {
      contents: [
        '[Unit]',
        `ConditionPathExists=!${image}`,
        '',
        '[Service]',
        'Type=oneshot',
        `ExecStart=/usr/bin/truncate --size=25G ${image}`,
        `ExecStart=/usr/sbin/mkfs.btrfs ${image}`,
        '',
      ].join('\n'),
    }),
    unit('var-lib-docker.mount', {
      enabled: true,
      contents: [
        '[Unit]',
        'Before=docker.service',
        'After=format-docker-btrfs.service',
        'Requires=format-docker-btrfs.service',
        '',
        '[Mount]',
        `What=${image}`,
        'Where=/var/lib/docker',
        'Type=btrfs',
        'Options=loop,discard',
        '',
        '[Install]',
        'RequiredBy=docker.service',
        '',
      ].join('\n'),
    }),
  ],
};

/** The folder alone: an older docker uses what it finds. */
export const dockerDiskOfBtrfs: UserData = ignition(disk, '2.3');

/** The folder, and docker told to use it as such. */
export const dockerOnBtrfs: UserData = ignition(
  { ...disk, files: [file('/etc/docker/daemon.json', `${JSON.stringify({ 'storage-driver': 'btrfs' })}\n`)] },
  '2.3',
);
