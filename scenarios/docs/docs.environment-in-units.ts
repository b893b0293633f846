import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const service = `[Service]
Type=oneshot
Environment=COLOUR=red SIZE=large
EnvironmentFile=/etc/kola-colours.env
ExecStart=/usr/bin/sh -c 'echo "$COLOUR \x24{SIZE} $1" >/run/kola-colours' sh \x24{SHAPE}
`;

export default scenario({
  name: 'docs.environment-in-units',
  description: 'A service sees the variables of its unit, and those of a file go before them',
  tags: ['docs', 'systemd'],
  sabotage: {
    kind: 'guest',
    fault: 'a drop-in takes a variable away',
    commands: [
      'sudo mkdir -p /etc/systemd/system/kola-colours.service.d',
      "printf '[Service]\\nUnsetEnvironment=SIZE\\n' | sudo tee /etc/systemd/system/kola-colours.service.d/10-unset.conf",
    ],
    fails: { check: 'seen' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write('/etc/kola-colours.env', 'COLOUR=green\nSHAPE="a round one"\n');
    await machine.write('/etc/systemd/system/kola-colours.service', service);
    await asRoot(machine, ['systemctl daemon-reload', 'systemctl start kola-colours.service']);
    const seen = await machine.read('/run/kola-colours');
    t.equal('seen', seen.trim(), 'green large a round one', 'variables that the service saw');
  },
});
