import type { CheckContext } from '../../src/core/scenario.ts';
import { checkEncrypted, rootBindings } from '../../src/machine/guest/encrypted-volume.ts';
import { boundRegisters } from './_cryptenroll.ts';

const isFirstBoot = (cmdline: string): boolean => /(?:^|\s)flatcar\.first_boot\b/.test(cmdline);

/**
 * From the first boot, where the volume is bound to the TPM alone, to a boot that opened it although it was
 * bound to what had been measured.
 */
export const bootBound = async (t: CheckContext): Promise<void> => {
  const { machine } = t;
  t.equal('bound-to-tpm', await rootBindings(machine), [[]], 'registers that the binding depends on');
  await machine.reboot();
  const cmdline = await machine.run('cat /proc/cmdline');
  t.ok(
    'no-first-boot',
    !isFirstBoot(cmdline),
    `the kernel arguments are still those of a first boot: ${cmdline}`,
  );
  await t.check('bound-to-measurements', () =>
    t.eventually(`a binding to registers ${boundRegisters.join(', ')}`, async () => {
      const bindings = await rootBindings(machine);
      return bindings.length === 1 && bindings[0]?.join() === boundRegisters.join() ? true : undefined;
    }),
  );
  await checkEncrypted(t, machine, '/');
};
