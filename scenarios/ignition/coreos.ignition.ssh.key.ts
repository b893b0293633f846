import { bareScenario } from './_bare.ts';

export default bareScenario({
  name: 'coreos.ignition.ssh.key',
  description: 'The key of an Ignition config lets in where the cloud has none',
  platforms: { except: ['qemu'] },
  about: '2.0',
  keyFrom: 'user-data',
});
