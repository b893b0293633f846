import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { checkBootedFrom, deafCgpt, slotDevice } from '../../src/machine/guest/slots.ts';
import { installUpdate, offerPayload, useServer } from '../../src/machine/guest/update-engine.ts';

export default scenario({
  name: 'cl.update.payload',
  description: 'A machine installs an update, boots into it, and installs and boots another one from there',
  tags: ['update', 'reboot'],
  platforms: local,
  needs: { capabilities: ['ab-slots', 'update-engine'], services: ['omaha'], coldBoot: true },
  // The image that updates may be an old one; the log of the updated system is looked at below.
  allow: { rules: ['selinux-denial'] },
  timeout: minutes(30),
  sabotage: deafCgpt('updated-on-b'),
  run: async t => {
    const { machine } = t;
    const omaha = await offerPayload(t);
    await checkBootedFrom(t, 'starts-on-a', 'USR-A');

    await useServer(t, omaha);
    await installUpdate(t, omaha);
    await machine.reboot();
    await checkBootedFrom(t, 'updated-on-b', 'USR-B');

    await machine.run('sudo flatcar-setgoodroot');
    // What the second update does not write can't be booted.
    const a = await slotDevice(machine, 'USR-A');
    await machine.run(`sudo dd if=/dev/zero of=${a} bs=1M count=16 conv=fsync status=none`);
    await useServer(t, omaha);
    await installUpdate(t, omaha);
    await machine.reboot();
    await checkBootedFrom(t, 'updated-on-a', 'USR-A');

    if (t.image.selinux.policy === 'none') return;
    const denials = await machine.run(
      "sudo journalctl -b --no-pager | grep -E 'avc:[[:space:]]*denied' || true",
    );
    t.equal('no-denials', denials, '', 'SELinux denials of the updated system');
  },
});
