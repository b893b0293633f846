import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { brokenSlot } from '../../src/machine/guest/console-allowances.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import {
  checkBootedFrom,
  checkFallsBack,
  copyKernel,
  deafCgpt,
  slotDevice,
  tryOnce,
  usrBytes,
  withoutUpdates,
  writeRootHash,
} from '../../src/machine/guest/slots.ts';

const block = 4096;

/** The `Root hash:` of `veritysetup format`; undefined when it does not say one. */
export const parseRootHash = (text: string): string | undefined =>
  /^Root hash:\s+([0-9a-f]{64})$/m.exec(text)?.[1];

export default scenario({
  name: 'coreos.update.badusr',
  description: 'A machine whose other slot has an empty but verified /usr comes back to the slot it left',
  tags: ['update', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['ab-slots', 'cgpt', 'verity'], coldBoot: true },
  allow: { rules: brokenSlot },
  timeout: minutes(15),
  userData: withoutUpdates,
  sabotage: deafCgpt('to-be-tried'),
  run: async t => {
    const { machine } = t;
    await checkBootedFrom(t, 'starts-on-a', 'USR-A');
    await copyKernel(machine);
    const b = await slotDevice(machine, 'USR-B');
    await machine.run(`sudo mkfs.ext4 -q -F -b ${block} ${b} ${usrBytes / block}`, { timeout: minutes(3) });
    const made = await machine.run(
      `sudo veritysetup format --hash=sha256 --data-block-size=${block} --hash-block-size=${block} --data-blocks=${usrBytes / block} --hash-offset=${usrBytes} ${b} ${b}`,
      { timeout: minutes(8) },
    );
    const hash = parseRootHash(made) ?? t.fail(`veritysetup format prints no root hash: ${made}`);
    await writeRootHash(t, hash);
    await tryOnce(machine);
    await checkFallsBack(t);
  },
});
