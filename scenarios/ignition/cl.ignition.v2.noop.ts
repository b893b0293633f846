import { bareScenario } from './_bare.ts';

export default bareScenario({
  name: 'cl.ignition.v2.noop',
  description: 'A machine with an empty config of version 2 boots and lets in the key of the cloud',
  platforms: { except: ['qemu', 'esx', 'brightbox', 'akamai'] },
  versions: { from: '3227.0.0' },
  about: '2.0',
  keyFrom: 'metadata',
});
