import { scenario } from '../../src/core/scenario.ts';
import { checkOemKept, oemConfig, oemSpec } from '../../src/machine/guest/oem.ts';

export default scenario({
  ...oemSpec,
  name: 'cl.ignition.oem.indirect.new',
  description: 'Ignition writes to the OEM partition without a word on its filesystem',
  tags: [...oemSpec.tags, 'reboot'],
  versions: { from: '3620.0.0' },
  needs: { capabilities: ['oem-btrfs', 'ignition-oem'], coldBoot: true },
  userData: oemConfig({ path: '/oem', about: '3.3' }),
  run: t => checkOemKept(t, '/oem'),
});
