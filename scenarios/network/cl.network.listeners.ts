import { scenario } from '../../src/core/scenario.ts';
import { checkListeners } from '../../src/machine/guest/listeners.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'cl.network.listeners',
  description: 'Nothing listens on the network but what is known to',
  tags: ['network', 'security'],
  platforms: local,
  versions: { from: '1967.0.0' },
  needs: { capabilities: ['docker', 'sshd-socket', 'networkd', 'resolved'] },
  userData: ignition({ units: [unit('docker.service', { enabled: true })] }, '2.3'),
  sabotage: {
    kind: 'guest',
    fault: 'a unit nobody expects listens on a port',
    commands: ['sudo systemd-run --unit=kola-stranger --socket-property=ListenStream=4444 true'],
    fails: { check: 'only-known' },
  },
  run: checkListeners,
});
