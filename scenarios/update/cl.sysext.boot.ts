import { extensionBoot } from './_sysext-boot.ts';

export default extensionBoot({
  name: 'cl.sysext.boot',
  description: 'The boot links the extensions of the OEM and of the user that belong to the running version',
  versions: { from: '3603.0.0' },
  oem: '/oem',
});
