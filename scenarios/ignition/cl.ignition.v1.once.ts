import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const marker = '/etc/ignition-ran';

export default scenario({
  name: 'cl.ignition.v1.once',
  description: 'Ignition runs at the first boot and at no later one',
  tags: ['ignition', 'reboot'],
  platforms: localAndAzure,
  userData: ignition({ files: [file(marker, 'ran\n')] }, '1'),
  sabotage: {
    kind: 'guest',
    fault: 'a file that lists temporary files makes the marker at every boot',
    commands: [
      'sudo mkdir -p /etc/tmpfiles.d',
      "echo 'f /etc/ignition-ran' | sudo tee /etc/tmpfiles.d/marker.conf",
    ],
    fails: { check: 'not-again' },
  },
  run: async t => {
    t.equal('ran-at-first-boot', (await t.machine.try(`test -f ${marker}`)).code, 0, `test -f ${marker}`);
    await t.machine.run(`sudo rm ${marker}`);
    await t.machine.reboot();
    t.equal(
      'not-again',
      (await t.machine.try(`test -e ${marker}`)).code,
      1,
      `test -e ${marker} after the reboot`,
    );
  },
});
