import { minutes } from '../../src/core/clock.ts';
import { KolaError } from '../../src/core/errors.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'coreos.locksmith.reboot',
  description: 'locksmith reboots a machine that says it needs to, without any cluster',
  tags: ['locksmith', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['locksmith'] },
  timeout: minutes(12),
  sabotage: {
    kind: 'guest',
    fault: 'locksmith is stopped',
    commands: ['sudo systemctl mask --now locksmithd.service'],
    fails: { says: /reboot/i },
  },
  run: async t => {
    const before = await t.machine.bootId();
    try {
      await t.machine.try('sudo systemctl stop sshd.socket && sudo locksmithctl send-need-reboot');
    } catch (error) {
      // The session may be cut off before the command has ended.
      if (!(error instanceof KolaError) || error.kind !== 'network') throw error;
    }
    await t.check('reboots', () => t.machine.awaitReboot(before, { timeout: minutes(10) }));
  },
});
