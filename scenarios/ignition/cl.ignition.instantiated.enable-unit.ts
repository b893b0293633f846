import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const service = `[Unit]
Description=Says %i once

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/echo %i

[Install]
WantedBy=multi-user.target
`;

const timer = `[Unit]
Description=Says %i now and then

[Timer]
OnCalendar=hourly

[Install]
WantedBy=multi-user.target
`;

export default scenario({
  name: 'cl.ignition.instantiated.enable-unit',
  description: 'Ignition enables instances of template units',
  tags: ['ignition', 'systemd'],
  platforms: local,
  versions: { from: '3185.0.0' },
  userData: ignition(
    {
      units: [
        unit('echo@.service', { contents: service }),
        unit('echo@.timer', { contents: timer }),
        unit('echo@bar.service', { enabled: true }),
        unit('echo@foo.service', { enabled: true }),
        unit('echo@foo.timer', { enabled: true }),
      ],
    },
    '3.0',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'an instance is stopped',
    commands: ['sudo systemctl stop echo@foo.service'],
    fails: { check: 'active-echo@foo.service' },
  },
  run: async t => {
    for (const name of ['echo@foo.service', 'echo@bar.service', 'echo@foo.timer']) {
      t.equal(
        `enabled-${name}`,
        (await t.machine.try(`systemctl is-enabled ${name}`)).stdout.trim(),
        'enabled',
        name,
      );
      t.equal(
        `active-${name}`,
        (await t.machine.try(`systemctl is-active ${name}`)).stdout.trim(),
        'active',
        name,
      );
    }
  },
});
