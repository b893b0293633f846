import { scenario } from '../../src/core/scenario.ts';
import { checkOemKept, oemConfig, oemSpec } from '../../src/machine/guest/oem.ts';

export default scenario({
  ...oemSpec,
  name: 'cl.ignition.oem.indirect',
  description: 'Ignition writes to the OEM partition at its older place without a word on its filesystem',
  tags: [...oemSpec.tags, 'reboot'],
  versions: { from: '3550.0.0' },
  needs: { capabilities: ['oem-btrfs', 'ignition-oem'], coldBoot: true },
  userData: oemConfig({ path: '/usr/share/oem', about: '3.3' }),
  run: t => checkOemKept(t, '/usr/share/oem'),
});
