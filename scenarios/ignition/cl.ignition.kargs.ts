import { scenario } from '../../src/core/scenario.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'cl.ignition.kargs',
  description: 'A kernel argument that Ignition was told to add is there after its reboot',
  tags: ['ignition', 'reboot'],
  versions: { from: '3185.0.0' },
  needs: { capabilities: ['ignition-kargs'] },
  userData: ignition({ kernelArguments: { shouldExist: ['quiet'] } }, '3.3'),
  sabotage: {
    kind: 'guest',
    fault: 'the kernel command line is hidden',
    commands: ['sudo mount --bind /proc/version /proc/cmdline'],
    fails: { check: 'argument' },
  },
  run: async t => {
    const words = (await t.machine.run('cat /proc/cmdline')).split(/\s+/);
    t.ok('argument', words.includes('quiet'), `quiet is not among the kernel arguments ${words.join(' ')}`);
  },
});
