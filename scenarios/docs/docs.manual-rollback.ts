import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import {
  copySlot,
  deafCgpt,
  slotDevice,
  splitPartition,
  usrPartition,
  withoutUpdates,
} from '../../src/machine/guest/slots.ts';

export default scenario({
  name: 'docs.manual-rollback',
  description: 'With cgpt one goes over to the other slot by hand, and back to the one before',
  tags: ['docs', 'update', 'reboot'],
  needs: { capabilities: ['ab-slots', 'cgpt'] },
  timeout: minutes(15),
  userData: withoutUpdates,
  sabotage: deafCgpt('on-the-other'),
  run: async t => {
    const { machine } = t;
    const slots = { a: await slotDevice(machine, 'USR-A'), b: await slotDevice(machine, 'USR-B') };
    t.equal('starts-on-a', await usrPartition(machine), slots.a, 'partition of /usr');
    await copySlot(machine);
    const prefer = async (device: string): Promise<void> => {
      const { disk, number } = splitPartition(device) ?? t.fail(`${device} is no partition`);
      await machine.run(`sudo cgpt add -i ${number} -S1 -T0 ${disk}`);
      await machine.run(`sudo cgpt prioritize -i ${number} ${disk}`);
    };
    await prefer(slots.b);
    await machine.reboot();
    t.equal('on-the-other', await usrPartition(machine), slots.b, 'partition of /usr');
    await prefer(slots.a);
    await machine.reboot();
    t.equal('back', await usrPartition(machine), slots.a, 'partition of /usr');
  },
});
