import { scenario } from '../../src/core/scenario.ts';
import { makeKeyPair } from '../../src/machine/ssh/keys.ts';
import { ignition, user } from '../../src/machine/user-data/ignition/builders.ts';
import { loginAs } from './_login.ts';

const name = 'kola-user2';
const file = (which: string): string => `/home/core/key-${which}`;

export default scenario({
  name: 'docs.ssh-keys',
  description:
    'A user to whom Ignition gives several SSH keys comes in with each of them, and with no other one',
  tags: ['docs', 'users', 'ignition'],
  sabotage: {
    kind: 'guest',
    fault: "everybody may write to the user's home, which sshd does not trust",
    commands: [`sudo chmod 777 /home/${name}`],
    fails: { check: 'login-laptop' },
  },
  machines: [],
  run: async t => {
    const pairs = ['laptop', 'desk'].map(which => ({ which, pair: makeKeyPair(which) }));
    const machine = await t.provision(
      'machine',
      ignition({ users: [user(name, { sshAuthorizedKeys: pairs.map(({ pair }) => pair.publicKey) })] }),
    );
    const stranger = { which: 'stranger', pair: makeKeyPair('stranger') };
    for (const { which, pair } of [...pairs, stranger])
      await machine.write(file(which), pair.privateKey, { mode: 0o600, owner: 'core:core' });
    const come = (which: string) => loginAs(machine, { user: name, key: file(which), command: 'id -un' });
    for (const { which } of pairs) {
      const { stdout, stderr } = await come(which);
      t.equal(`login-${which}`, stdout.trim(), name, `user after the login (${stderr.trim()})`);
    }
    t.ok('stranger-refused', (await come('stranger')).code !== 0, 'a key that nobody let in is let in');
  },
});
