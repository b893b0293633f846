import { extensionBoot } from './_sysext-boot.ts';

export default extensionBoot({
  name: 'cl.sysext.boot.old',
  description:
    'The boot links the extensions that belong to the running version, with the OEM at its older place',
  versions: { from: '3481.0.0', until: '3603.0.0' },
  oem: '/usr/share/oem',
});
