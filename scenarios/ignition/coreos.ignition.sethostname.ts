import { scenario } from '../../src/core/scenario.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'coreos.ignition.sethostname',
  description: 'A hostname written by Ignition is the static hostname',
  tags: ['smoke', 'ignition'],
  platforms: { except: ['azure'] },
  share: 'reads',
  userData: ignition({ files: [file('/etc/hostname', 'core1\n', { overwrite: true })] }, '2.0'),
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
