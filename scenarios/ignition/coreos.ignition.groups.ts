import { scenario } from '../../src/core/scenario.ts';
import { checkGroups, groupsConfig } from '../../src/machine/guest/accounts.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'coreos.ignition.groups',
  description: 'Ignition makes groups with the ids and passwords that were asked for',
  tags: ['ignition', 'users'],
  platforms: localAndAzure,
  userData: groupsConfig('2.0'),
  run: checkGroups,
});
