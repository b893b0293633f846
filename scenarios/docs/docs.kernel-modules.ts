import { scenario } from '../../src/core/scenario.ts';

export default scenario({
  name: 'docs.kernel-modules',
  description: 'A module that is named in /etc is loaded at boot, with the options from /etc',
  tags: ['docs', 'kernel', 'reboot'],
  sabotage: {
    kind: 'guest',
    fault: 'the module is on the list of those that may not be loaded',
    commands: [
      'sudo mkdir -p /etc/modprobe.d',
      'echo blacklist dummy | sudo tee /etc/modprobe.d/zz-deny.conf',
    ],
    fails: { check: 'links-after-reboot' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write('/etc/modules-load.d/kola.conf', 'dummy\n');
    // systemd.conf says numdummies=0; of two options with one name the last one counts, in the order of the files' names.
    await machine.write('/etc/modprobe.d/zz-kola.conf', 'options dummy numdummies=3\n');
    await machine.reboot();
    const links = await machine.run('ip -o link show type dummy | wc -l');
    t.equal('links-after-reboot', links, '3', 'network links that the module made');
  },
});
