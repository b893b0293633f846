import { scenario } from '../../src/core/scenario.ts';
import { checkUsers, usersConfig } from '../../src/machine/guest/accounts.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'cl.ignition.v2.users',
  description: 'Ignition version 2 makes users and changes the existing one',
  tags: ['ignition', 'users'],
  platforms: localAndAzure,
  needs: { capabilities: ['docker'] },
  userData: usersConfig('2.0'),
  run: checkUsers,
});
