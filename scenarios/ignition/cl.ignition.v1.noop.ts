import { bareScenario } from './_bare.ts';

export default bareScenario({
  name: 'cl.ignition.v1.noop',
  description: 'A machine with an empty config of version 1 boots and lets in the key of the cloud',
  platforms: { except: ['qemu', 'esx', 'openstack', 'brightbox', 'akamai'] },
  about: '1',
  keyFrom: 'metadata',
});
