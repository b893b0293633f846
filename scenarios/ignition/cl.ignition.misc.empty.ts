import { bareScenario } from './_bare.ts';

export default bareScenario({
  name: 'cl.ignition.misc.empty',
  description: 'A machine without user-data boots and lets in the key of the cloud',
  platforms: { except: ['qemu', 'esx', 'brightbox', 'akamai'] },
  keyFrom: 'metadata',
});
