import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { file, ignition, unit, user } from '../../src/machine/user-data/ignition/builders.ts';
import { differences, settledState } from './_differences.ts';

export default scenario({
  name: 'docs.same-config-same-machine',
  description: 'Two machines that were given the same config have the same files, accounts and units',
  tags: ['docs', 'promises', 'ignition'],
  needs: { machines: 2, coldBoot: true, ownMachineId: true },
  timeout: minutes(10),
  userData: ignition({
    users: [user('kola-user4')],
    files: [file('/etc/kola.conf', 'as configured\n')],
    units: [
      unit('kola-once.service', {
        enabled: true,
        contents:
          '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/touch /var/lib/kola-made\n\n[Install]\nWantedBy=multi-user.target\n',
      }),
    ],
  }),
  machines: [{ role: 'first' }, { role: 'second' }],
  sabotage: {
    kind: 'guest',
    fault: 'somebody was at one of the machines',
    role: 'second',
    commands: ['echo else | sudo tee /etc/kola-visitor'],
    fails: { check: 'same' },
  },
  run: async t => {
    const [first, second] = await Promise.all(
      [t.on('first'), t.on('second')].map(machine => settledState(machine, t.signal)),
    );
    if (first === undefined || second === undefined) return t.fail('a machine has no state');
    for (const part of ['contents: /etc/kola.conf', 'accounts: user kola-user4', 'units: kola-once.service'])
      t.ok(`seen ${part}`, first.has(part), `the state that is compared lacks ${part}`);
    t.equal('same', differences(first, second), [], 'differences between the two machines');
  },
});
