import { minutes } from '../../src/core/clock.ts';
import { KolaError } from '../../src/core/errors.ts';
import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.update-strategy',
  description: 'With the strategy "reboot" a machine on which an update was installed reboots by itself',
  tags: ['docs', 'update', 'reboot'],
  needs: { capabilities: ['locksmith'] },
  timeout: minutes(12),
  sabotage: {
    kind: 'guest',
    fault: 'locksmith is stopped',
    commands: ['sudo systemctl mask --now locksmithd.service'],
    fails: { says: /locksmithd|reboot/i },
  },
  run: async t => {
    const { machine } = t;
    await asRoot(machine, [
      'echo REBOOT_STRATEGY=reboot >>/etc/flatcar/update.conf',
      'systemctl restart locksmithd.service',
    ]);
    const before = await machine.bootId();
    try {
      await machine.try('sudo systemctl stop sshd.socket && sudo locksmithctl send-need-reboot');
    } catch (error) {
      // The session may be cut off before the command has ended.
      if (!(error instanceof KolaError) || error.kind !== 'network') throw error;
    }
    await t.check('reboots', () => machine.awaitReboot(before, { timeout: minutes(8) }));
  },
});
