import { scenario } from '../../src/core/scenario.ts';
import { checkOemWiped, oemConfig, oemSpec } from '../../src/machine/guest/oem.ts';

export default scenario({
  ...oemSpec,
  name: 'cl.ignition.oem.wipe',
  description: 'The OEM partition is made anew when the config says to wipe it',
  versions: { from: '2983.0.0' },
  needs: { capabilities: ['ext4', 'ignition-oem'], coldBoot: true },
  userData: oemConfig({ path: '/usr/share/oem', format: 'ext4', wipe: true, about: '2.3' }),
  run: checkOemWiped,
});
