import type { CheckContext } from '../../src/core/scenario.ts';
import type { OmahaService } from '../../src/core/services.ts';
import { checkBootedFrom, slotDevice } from '../../src/machine/guest/slots.ts';
import { installUpdate, useServer } from '../../src/machine/guest/update-engine.ts';

/** From slot A to the new version in slot B; what was in slot A cannot be booted any more, and that is proven. */
export const updateToB = async (t: CheckContext, omaha: OmahaService): Promise<void> => {
  const { machine } = t;
  await checkBootedFrom(t, 'starts-on-a', 'USR-A');
  await useServer(t, omaha);
  await installUpdate(t, omaha);
  await machine.reboot();
  await checkBootedFrom(t, 'updated-on-b', 'USR-B');
  await machine.run('sudo flatcar-setgoodroot');
  const a = await slotDevice(machine, 'USR-A');
  await machine.run(`sudo wipefs --all --force ${a} && sync`);
  // Without --all wipefs lists signatures and leaves them where they are.
  const left = await machine.run(`sudo wipefs --noheadings ${a}`);
  t.equal('a-invalid', left.trim(), '', 'signatures on slot A');
};

/** The new version in slot B installs itself in slot A. */
export const updateToA = async (t: CheckContext, omaha: OmahaService): Promise<void> => {
  await useServer(t, omaha);
  await installUpdate(t, omaha);
  await t.machine.reboot();
  await checkBootedFrom(t, 'updated-on-a', 'USR-A');
};
