import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

const text = `#!/bin/bash
set -euo pipefail
echo bar >/foo
mkdir -p ~core/.ssh
cat >>~core/.ssh/authorized_keys <<KEYS
@SSH_KEYS@
KEYS
chown -R core:core ~core/.ssh
chmod 700 ~core/.ssh
chmod 600 ~core/.ssh/authorized_keys
`;

export default scenario({
  name: 'cl.cloudinit.script',
  description: 'A script as user-data runs and lets its keys in',
  tags: ['cloudinit'],
  platforms: localAndAzure,
  needs: { capabilities: ['coreos-cloudinit'] },
  userData: { kind: 'script', text },
  sabotage: {
    kind: 'guest',
    fault: 'the file that the script wrote is emptied',
    commands: ['sudo truncate --size 0 /foo'],
    fails: { check: 'file' },
  },
  run: async t => {
    t.equal('file', await t.machine.run('cat /foo'), 'bar', '/foo');
  },
});
