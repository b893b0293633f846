import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'cl.ignition.v1.sethostname',
  description: 'A hostname written by Ignition version 1 is the static hostname',
  tags: ['ignition'],
  platforms: local,
  share: 'reads',
  userData: ignition({ files: [file('/etc/hostname', 'core1\n', { overwrite: true })] }, '1'),
  sabotage: {
    kind: 'guest',
    fault: 'the host name is changed after boot',
    commands: ['sudo hostnamectl set-hostname elsewhere'],
    fails: { check: 'static-hostname' },
  },
  run: async t => {
    t.match('static-hostname', await t.machine.run('hostnamectl'), /^\s*Static hostname: core1$/m);
  },
});
