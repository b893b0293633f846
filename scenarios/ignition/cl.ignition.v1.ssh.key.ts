import { bareScenario } from './_bare.ts';

export default bareScenario({
  name: 'cl.ignition.v1.ssh.key',
  description: 'The key of a config of version 1 lets in where the cloud has none',
  platforms: { only: ['digitalocean'] },
  about: '1',
  keyFrom: 'user-data',
});
