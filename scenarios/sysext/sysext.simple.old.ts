import { local } from '../../src/machine/guest/platform-sets.ts';
import { simpleExtension } from './_simple.ts';

export default simpleExtension({
  name: 'sysext.simple.old',
  description:
    'A folder as system extension is merged into /usr, which holds the OEM partition in older releases',
  platforms: local,
  versions: { from: '3185.0.0', until: '3603.0.0' },
  oem: '/usr/share/oem',
});
