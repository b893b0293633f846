import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { checkBootedFrom } from '../../src/machine/guest/slots.ts';
import { offerPayload, operation, useServer } from '../../src/machine/guest/update-engine.ts';

const journal = 'sudo journalctl -b -u update-engine.service --no-pager -o cat';

export default scenario({
  name: 'cl.update.payload-boot-part-too-small',
  description: 'An update that does not fit the boot partition is given up, and the machine stays as it was',
  tags: ['update', 'reboot'],
  platforms: local,
  needs: { capabilities: ['ab-slots', 'update-engine'], services: ['omaha'], coldBoot: true },
  allow: { rules: ['selinux-denial'] },
  timeout: minutes(15),
  sabotage: {
    kind: 'guest',
    fault: 'the updater cannot be started',
    commands: ['sudo systemctl mask --runtime --now update-engine.service'],
    fails: { says: /update-engine\.service is masked/ },
  },
  run: async t => {
    const { machine } = t;
    const omaha = await offerPayload(t);
    await checkBootedFrom(t, 'starts-on-a', 'USR-A');
    // Ends when the disk is full: with a failure, as it should.
    const filled = await machine.try('sudo dd if=/dev/zero of=/boot/kola-fill bs=64K status=none && sync');
    t.match('boot-partition-full', filled.stderr, /No space left on device/, 'what dd said');
    await useServer(t, omaha);
    const before = omaha.log.mark();
    await machine.run('update_engine_client -check_for_update');
    await t.check('failure-reported', () =>
      omaha.awaitEvent('updateComplete', 'error', { after: before, until: minutes(5), signal: t.signal }),
    );
    await t.check('idle-again', () =>
      t.eventually('the updater to be idle', async () =>
        (await operation(machine)) === 'UPDATE_STATUS_IDLE' ? true : undefined,
      ),
    );
    t.match(
      'cause-in-journal',
      await machine.run(journal),
      /Failed to copy kernel from \S+ to \S*vmlinuz-b/,
      'log of the updater',
    );
    await machine.reboot();
    await checkBootedFrom(t, 'still-on-a', 'USR-A');
  },
});
