import { rootBindings } from '../../src/machine/guest/encrypted-volume.ts';
import { blockDevices, mountedAt } from '../../src/machine/guest/lsblk.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { bootBound } from './_bound-boots.ts';
import { enrolledThenBound, unbindScript } from './_cryptenroll.ts';
import { tpmScenario } from './_tpm.ts';

/** Run by the update client after a new version was written, before it is booted. */
const hook = '/oem/bin/oem-postinst';

export default tpmScenario({
  name: 'cl.tpm.root-cryptenroll-pcr-withupdate',
  description:
    'A root volume that is bound to what the boot measures opens after a change that was announced',
  capabilities: ['luks', 'cryptenroll-root', 'tpm-event-log', 'ignition-oem'],
  allow: { updates: true },
  userData: ignition(
    { ...enrolledThenBound, files: [file(hook, unbindScript, { mode: 0o755, overwrite: true })] },
    '3.3',
  ),
  run: async t => {
    const { machine } = t;
    await bootBound(t);
    await machine.run(
      'echo \'set linux_append="$linux_append kola.changed=1"\' | sudo tee -a /oem/grub.cfg >/dev/null',
    );
    await machine.run(`sudo ${hook}`);
    t.equal('unbound', await rootBindings(machine), [[]], 'registers that the binding depends on');
    await machine.reboot();
    t.match('changed', await machine.run('cat /proc/cmdline'), /(?:^|\s)kola\.changed=1(?:\s|$)/);
    t.equal(
      'still-encrypted',
      mountedAt(await blockDevices(machine), '/').type,
      'crypt',
      'type of the device at /',
    );
  },
});
