import { scenario } from '../../src/core/scenario.ts';
import { checkOemKept, oemConfig, oemSpec } from '../../src/machine/guest/oem.ts';

export default scenario({
  ...oemSpec,
  name: 'cl.ignition.oem.regular.new',
  description: 'Ignition writes to the OEM partition, whose filesystem is declared',
  tags: [...oemSpec.tags, 'reboot'],
  versions: { from: '3620.0.0' },
  needs: { capabilities: ['oem-btrfs', 'ignition-oem'], coldBoot: true },
  userData: oemConfig({ path: '/oem', format: 'btrfs', about: '3.3' }),
  run: t => checkOemKept(t, '/oem'),
});
