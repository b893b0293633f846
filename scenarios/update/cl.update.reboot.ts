import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import {
  checkBootedFrom,
  copySlot,
  deafCgpt,
  slotDevice,
  tryOnce,
  usrPartition,
  withoutUpdates,
} from '../../src/machine/guest/slots.ts';

export default scenario({
  name: 'cl.update.reboot',
  description: 'A machine whose other slot is given priority boots from it',
  tags: ['update', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['ab-slots', 'cgpt'], coldBoot: true },
  timeout: minutes(10),
  userData: withoutUpdates,
  sabotage: deafCgpt('now-on-b'),
  run: async t => {
    const { machine } = t;
    await checkBootedFrom(t, 'starts-on-a', 'USR-A');
    await copySlot(machine);
    await tryOnce(machine);
    const b = await slotDevice(machine, 'USR-B');
    await machine.reboot();
    t.equal('now-on-b', await usrPartition(machine), b, 'partition of /usr after the reboot');
  },
});
