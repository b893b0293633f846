import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { simpleExtension } from './_simple.ts';

export default simpleExtension({
  name: 'sysext.simple',
  description: 'A folder as system extension is merged into /usr, and merged again on demand',
  platforms: localAndAzure,
  versions: { from: '3603.0.0' },
  oem: '/oem',
});
