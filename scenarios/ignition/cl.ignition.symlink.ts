import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition, link } from '../../src/machine/user-data/ignition/builders.ts';

const zone = '/usr/share/zoneinfo/Europe/Zurich';

export default scenario({
  name: 'cl.ignition.symlink',
  description: 'Ignition replaces a link, here that of the time zone',
  tags: ['ignition'],
  platforms: localAndAzure,
  versions: { from: '3185.0.0' },
  userData: ignition(
    { links: [link('/etc/localtime', zone, { overwrite: true, owner: 'core:core' })] },
    '3.0',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the link belongs to root',
    commands: ['sudo chown --no-dereference root:root /etc/localtime'],
    fails: { check: 'owner' },
  },
  run: async t => {
    t.equal('target', await t.machine.run('readlink /etc/localtime'), zone, 'link /etc/localtime');
    t.equal('owner', await t.machine.run('stat -c %U:%G /etc/localtime'), 'core:core', 'owner of the link');
    t.match('zone-in-use', await t.machine.run('date -d 2024-01-01T00:00:00Z +%Z'), /^CET$/);
  },
});
