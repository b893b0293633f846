import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { brokenSlot } from '../../src/machine/guest/console-allowances.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import {
  checkBootedFrom,
  checkFallsBack,
  copySlot,
  deafCgpt,
  tryOnce,
  withoutUpdates,
  writeRootHash,
} from '../../src/machine/guest/slots.ts';

export default scenario({
  name: 'cl.update.badverity',
  description: 'A machine whose other slot has a wrong root hash comes back to the slot it left',
  tags: ['update', 'security', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['ab-slots', 'cgpt', 'verity'], coldBoot: true },
  allow: { rules: brokenSlot },
  timeout: minutes(15),
  userData: withoutUpdates,
  sabotage: deafCgpt('to-be-tried'),
  run: async t => {
    const { machine } = t;
    await checkBootedFrom(t, 'starts-on-a', 'USR-A');
    await copySlot(machine);
    await writeRootHash(t, '0'.repeat(64));
    await tryOnce(machine);
    await checkFallsBack(t);
  },
});
