import type { UserData } from '../../core/user-data.ts';
import { file, ignition, unit } from '../user-data/ignition/builders.ts';

const image = '/var/lib/docker.btrfs';

/** Docker's folder on a btrfs filesystem in a sparse file of 25 GiB, and docker told to use it as such. */
export const dockerOnBtrfs: UserData = ignition(
  {
    files: [file('/etc/docker/daemon.json', `${JSON.stringify({ 'storage-driver': 'btrfs' })}\n`)],
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
  },
  '2.3',
);
