import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

export default scenario({
  name: 'docs.disabling-smt',
  description: 'A kernel argument in grub.cfg of the OEM partition turns simultaneous multithreading off',
  tags: ['docs', 'security', 'kernel', 'reboot'],
  platforms: { only: ['qemu'] },
  arches: ['amd64'],
  needs: { vcpus: 2, threadsPerCore: 2 },
  sabotage: {
    kind: 'guest',
    fault: 'where the OEM partition belongs is a folder in memory',
    commands: ['sudo mount -t tmpfs tmpfs /oem'],
    fails: { check: 'kernel-says-off' },
  },
  run: async t => {
    const { machine } = t;
    const off = async (): Promise<boolean> =>
      /SMT: (?:Force )?disabled/.test(await machine.run('sudo dmesg'));
    const active = (): Promise<string> => machine.run('cat /sys/devices/system/cpu/smt/active');
    t.equal('siblings-before', await active(), '1', 'cores with more than one thread online');
    t.ok('on-before', !(await off()), 'the kernel says that SMT is off before anybody asked for it');
    await asRoot(machine, [
      'cd /oem',
      `echo 'set linux_append="$linux_append mitigations=auto,nosmt nosmt"' >>grub.cfg`,
      'sync',
    ]);
    await machine.reboot();
    t.ok('kernel-says-off', await off(), 'the kernel does not say that SMT is off');
    t.equal('no-siblings', await active(), '0', 'cores with more than one thread online');
  },
});
