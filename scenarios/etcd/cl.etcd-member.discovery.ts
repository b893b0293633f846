import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { checkHealth, discoveredMember, etcdNeeds } from '../../src/machine/guest/etcd.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

const roles = ['first', 'second', 'third'];

export default scenario({
  name: 'cl.etcd-member.discovery',
  description: 'Three machines find one another by a discovery URL and form an etcd cluster',
  tags: ['etcd'],
  needs: { ...etcdNeeds, machines: roles.length, platform: ['private-network'], services: ['discovery'] },
  timeout: minutes(15),
  sabotage: {
    kind: 'guest',
    fault: 'a member is stopped',
    role: 'first',
    commands: ['sudo systemctl stop etcd-member.service'],
    fails: { check: 'etcd-healthy' },
  },
  machines: [],
  run: async t => {
    const discovery = await t.services.discovery();
    const userData = ignition({ units: discoveredMember(discovery.cluster(roles.length)) }, '2.3');
    // A member is not up before the others are.
    const [first] = await Promise.all(roles.map(role => t.provision(role, userData)));
    if (first === undefined) return t.fail('no machine was made');
    await checkHealth(t, first, roles.length);
    const joined = discovery.log.entries.filter(({ kind }) => kind === 'join').length;
    t.equal(
      'joined-by-discovery',
      joined,
      roles.length,
      'members that registered with the discovery service',
    );
  },
});
