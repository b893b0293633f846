import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { keepingFiles } from '../../src/machine/guest/put-back.ts';

export default scenario({
  name: 'coreos.auth.verify',
  description: 'SSH lets nobody in by password, be it the right one',
  tags: ['security'],
  platforms: localAndAzure,
  needs: { capabilities: ['useradd'] },
  sabotage: {
    kind: 'guest',
    fault: 'sshd lets passwords in',
    commands: [
      'new=$(mktemp); { echo \'PasswordAuthentication yes\'; sudo cat /etc/ssh/sshd_config; } >"$new"; sudo rm /etc/ssh/sshd_config; sudo install -m 600 "$new" /etc/ssh/sshd_config',
    ],
    fails: { check: 'right-password' },
  },
  share: { changes: ['accounts'] },
  run: async t => {
    t.equal(
      'wrong-password',
      await t.machine.acceptsPassword('core', 'asdf'),
      false,
      'login with a wrong password',
    );
    await keepingFiles(t.machine, ['/etc/shadow'], async () => {
      await t.machine.run('sudo chpasswd', { input: 'core:asdf\n' });
      t.match('password-set', await t.machine.run('sudo getent shadow core'), /^core:\$/);
      t.equal(
        'right-password',
        await t.machine.acceptsPassword('core', 'asdf'),
        false,
        'login with the right password',
      );
    });
  },
});
