import { scenario } from '../../src/core/scenario.ts';
import { checkOemKept, oemConfig, oemSpec } from '../../src/machine/guest/oem.ts';

export default scenario({
  ...oemSpec,
  name: 'cl.ignition.oem.regular',
  description: 'Ignition writes to the OEM partition at its older place, whose filesystem is declared',
  tags: [...oemSpec.tags, 'reboot'],
  versions: { from: '3549.0.0' },
  needs: { capabilities: ['oem-btrfs', 'ignition-oem'], coldBoot: true },
  userData: oemConfig({ path: '/usr/share/oem', format: 'btrfs', about: '3.3' }),
  run: t => checkOemKept(t, '/usr/share/oem'),
});
