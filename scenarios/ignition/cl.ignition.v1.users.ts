import { scenario } from '../../src/core/scenario.ts';
import { checkUsers, usersConfig } from '../../src/machine/guest/accounts.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'cl.ignition.v1.users',
  description: 'Ignition version 1 makes users and changes the existing one',
  tags: ['ignition', 'users'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker'] },
  share: 'reads',
  userData: usersConfig('1'),
  sabotage: {
    kind: 'guest',
    fault: 'a locked user gets a password',
    capabilities: ['useradd'],
    commands: ['sudo usermod --password x user1'],
    fails: { check: 'user1-locked' },
  },
  run: checkUsers,
});
