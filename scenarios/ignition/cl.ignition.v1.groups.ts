import { scenario } from '../../src/core/scenario.ts';
import { checkGroups, groupsConfig } from '../../src/machine/guest/accounts.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'cl.ignition.v1.groups',
  description: 'Ignition version 1 makes groups with the ids and passwords that were asked for',
  tags: ['ignition', 'users'],
  platforms: localAndAzure,
  share: 'reads',
  userData: groupsConfig('1'),
  sabotage: {
    kind: 'guest',
    fault: 'a group has another number',
    capabilities: ['useradd'],
    commands: ['sudo groupmod --gid 503 group1'],
    fails: { check: 'group1' },
  },
  run: checkGroups,
});
