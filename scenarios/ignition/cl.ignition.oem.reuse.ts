import { scenario } from '../../src/core/scenario.ts';
import { checkOemKept, oemConfig, oemSpec } from '../../src/machine/guest/oem.ts';

export default scenario({
  ...oemSpec,
  name: 'cl.ignition.oem.reuse',
  description: 'The OEM partition keeps its filesystem although an older config asks for another kind',
  tags: [...oemSpec.tags, 'reboot'],
  versions: { from: '2983.0.0' },
  needs: { capabilities: ['oem-btrfs', 'ignition-oem', 'oem-reuse'], coldBoot: true },
  userData: oemConfig({ path: '/usr/share/oem', format: 'ext4', about: '2.3' }),
  run: t => checkOemKept(t, '/usr/share/oem'),
});
