import { scenario } from '../../src/core/scenario.ts';
import { checkGroups, groupsConfig } from '../../src/machine/guest/accounts.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'coreos.ignition.groups',
  description: 'Ignition makes groups with the ids and passwords that were asked for',
  tags: ['ignition', 'users'],
  platforms: localAndAzure,
  share: 'reads',
  userData: groupsConfig('2.0'),
  sabotage: {
    kind: 'guest',
    fault: 'a group has another number',
    capabilities: ['useradd'],
    commands: ['sudo groupmod --gid 503 group1'],
    fails: { check: 'group1' },
  },
  run: checkGroups,
});
