import { minutes } from '../../src/core/clock.ts';
import { type Subtest, scenario } from '../../src/core/scenario.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { asRoot } from './_root-script.ts';

const containers: Subtest = {
  name: 'containers',
  description: 'each container is confined with categories of its own',
  needs: { capabilities: ['docker', 'selinux-containers'] },
  run: async t => {
    const { machine } = t;
    await makeScratchImage(machine, 'kola-label', ['cat']);
    const label = (): Promise<string> =>
      machine.run('docker run --rm kola-label cat /proc/self/attr/current', { timeout: minutes(3) });
    const [one, other] = [await label(), await label()];
    t.match('confined', one, /:s0:c\d+,c\d+\0?$/, 'label of a container');
    t.ok('told-apart', one !== other, `two containers have the same label ${one}`);
  },
};

export default scenario({
  name: 'docs.selinux',
  description:
    'Enforcing by configuration holds over a reboot, and each container is confined with categories of its own',
  tags: ['docs', 'security', 'docker', 'reboot'],
  needs: { capabilities: ['selinux'] },
  // The harness would enforce after the reboot, too, whatever the configuration says.
  allow: { permissive: true },
  timeout: minutes(12),
  sabotage: {
    kind: 'guest',
    fault: 'the kernel is told at boot not to enforce',
    commands: [
      'sudo mkdir -p /etc/systemd/system/kola-lax.service.d',
      "printf '[Service]\\nType=oneshot\\nExecStart=/usr/sbin/setenforce 0\\n\\n[Install]\\nWantedBy=multi-user.target\\n' | sudo tee /etc/systemd/system/kola-lax.service",
      'sudo systemctl enable kola-lax.service',
    ],
    fails: { check: 'enforcing-after-reboot' },
  },
  subtests: [containers],
  run: async t => {
    const { machine } = t;
    await asRoot(machine, [
      "sed -i --follow-symlinks 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config",
    ]);
    await machine.reboot();
    t.equal('enforcing-after-reboot', await machine.run('getenforce'), 'Enforcing', 'mode after the reboot');
  },
});
