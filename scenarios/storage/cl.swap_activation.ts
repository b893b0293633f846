import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const swapfile = '/var/vm/swapfile1';

export default scenario({
  name: 'cl.swap_activation',
  description: 'A swap file that a unit makes is in use, with the swappiness that was set',
  tags: ['storage', 'systemd'],
  platforms: localAndAzure,
  versions: { from: '3033.0.0' },
  needs: { capabilities: ['swap'], primaryDiskExtraMiB: 1024 },
  userData: ignition(
    {
      files: [file('/etc/sysctl.d/80-swappiness.conf', 'vm.swappiness=10\n')],
      units: [
        unit('create-swapfile.service', {
          contents: [
            '[Unit]',
            'Description=Make a swap file',
            'DefaultDependencies=no',
            'RequiresMountsFor=/var',
            `ConditionPathExists=!${swapfile}`,
            '',
            '[Service]',
            'Type=oneshot',
            'ExecStart=/usr/bin/mkdir -p /var/vm',
            `ExecStart=/usr/bin/fallocate -l 1024m ${swapfile}`,
            `ExecStart=/usr/bin/chmod 600 ${swapfile}`,
            `ExecStart=/usr/sbin/mkswap ${swapfile}`,
            'RemainAfterExit=yes',
            '',
          ].join('\n'),
        }),
        unit('var-vm-swapfile1.swap', {
          enabled: true,
          contents: `[Unit]\nRequires=create-swapfile.service\nAfter=create-swapfile.service\n\n[Swap]\nWhat=${swapfile}\n\n[Install]\nWantedBy=multi-user.target\n`,
        }),
      ],
    },
    '2.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the kernel is told to swap eagerly',
    commands: ['sudo sysctl -w vm.swappiness=60'],
    fails: { check: 'swappiness' },
  },
  run: async t => {
    await t.check('in-use', () =>
      t.eventually(`${swapfile} among the swap areas`, async () => {
        const areas = await t.machine.run('sudo swapon --show=NAME,SIZE --bytes --noheadings');
        // The first page holds the header.
        return areas.split('\n').some(line => /^\/var\/vm\/swapfile1\s+1073737728$/.test(line.trim()))
          ? true
          : undefined;
      }),
    );
    t.equal('swappiness', await t.machine.run('cat /proc/sys/vm/swappiness'), '10', 'vm.swappiness');
  },
});
