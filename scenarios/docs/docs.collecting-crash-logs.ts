import { minutes } from '../../src/core/clock.ts';
import { KolaError } from '../../src/core/errors.ts';
import { scenario } from '../../src/core/scenario.ts';

export default scenario({
  name: 'docs.collecting-crash-logs',
  description: 'After a panic the last words of the kernel are kept, and found below /var/lib/systemd/pstore',
  tags: ['docs', 'debugging', 'reboot'],
  needs: { capabilities: ['pstore'] },
  allow: { rules: ['kernel-panic'] },
  timeout: minutes(10),
  sabotage: {
    kind: 'guest',
    fault: 'what the firmware kept is not collected',
    commands: ['sudo systemctl mask systemd-pstore.service'],
    fails: { check: 'last-words' },
  },
  run: async t => {
    const { machine } = t;
    const before = await machine.bootId();
    try {
      await machine.try("sudo sh -c 'sysctl -w kernel.panic=5; sync; echo c >/proc/sysrq-trigger'");
    } catch (error) {
      // The machine dies before it can answer.
      if (!(error instanceof KolaError) || error.kind !== 'network') throw error;
    }
    await machine.awaitReboot(before, { timeout: minutes(6) });
    await t.check('last-words', () =>
      t.eventually('the last words of the kernel', async () => {
        const { code } = await machine.try(
          "sudo grep -r -q -a 'sysrq triggered crash' /var/lib/systemd/pstore",
        );
        return code === 0 ? true : undefined;
      }),
    );
  },
});
