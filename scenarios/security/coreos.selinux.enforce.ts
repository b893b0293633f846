import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';

export default scenario({
  name: 'coreos.selinux.enforce',
  description: 'SELinux is switched to and fro, and stays enforcing over a reboot when configured so',
  tags: ['security', 'reboot'],
  platforms: localAndAzure,
  needs: { capabilities: ['selinux'] },
  // The harness would enforce after the reboot, too, whatever the configuration says.
  allow: { permissive: true },
  sabotage: {
    kind: 'guest',
    fault: 'the program that switches the mode does nothing',
    commands: [silenced('setenforce')],
    fails: { check: 'enforcing' },
  },
  run: async t => {
    const { machine } = t;
    const mode = (): Promise<string> => machine.run('getenforce');
    await machine.run('sudo setenforce 1');
    t.equal('enforcing', await mode(), 'Enforcing');
    await machine.run('sudo setenforce 0');
    t.equal('permissive', await mode(), 'Permissive');
    await machine.run('sudo setenforce 1');
    t.equal('enforcing-again', await mode(), 'Enforcing');
    t.equal(
      'units-readable',
      await machine.run('systemctl is-active system.slice'),
      'active',
      'system.slice',
    );
    await machine.run(
      "sudo sed -i --follow-symlinks 's/^SELINUX=permissive$/SELINUX=enforcing/' /etc/selinux/config",
    );
    t.match('configured', await machine.run('cat /etc/selinux/config'), /^SELINUX=enforcing$/m);
    await machine.reboot();
    t.equal('enforcing-after-reboot', await mode(), 'Enforcing');
  },
});
