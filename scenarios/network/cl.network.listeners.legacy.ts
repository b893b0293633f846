import { scenario } from '../../src/core/scenario.ts';
import { checkListeners } from '../../src/machine/guest/listeners.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'cl.network.listeners.legacy',
  description: 'Nothing listens on the network but what is known to, in releases that start docker late',
  tags: ['network', 'security'],
  platforms: local,
  versions: { until: '1967.0.0' },
  needs: { capabilities: ['sshd-socket', 'networkd', 'resolved'] },
  run: checkListeners,
});
