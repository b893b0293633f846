import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const folder = '/var/lib/extensions/kola/usr';

export default scenario({
  name: 'docs.systemd-sysext',
  description: 'A program of a system extension is in /usr after a refresh, and no more when it is taken out',
  tags: ['docs', 'sysext'],
  needs: { capabilities: ['sysext'] },
  sabotage: {
    kind: 'guest',
    fault: 'an extension of the same name, for another system, goes before',
    commands: [
      'sudo mkdir -p /etc/extensions/kola/usr/lib/extension-release.d',
      'echo ID=elsewhere | sudo tee /etc/extensions/kola/usr/lib/extension-release.d/extension-release.kola',
    ],
    fails: { check: 'runs' },
  },
  run: async t => {
    const { machine } = t;
    const says = async (): Promise<string> => (await machine.try('/usr/bin/kola-tool')).stdout.trim();
    await machine.write(`${folder}/bin/kola-tool`, '#!/bin/sh\necho from an extension\n', { mode: 0o755 });
    await asRoot(machine, [
      `mkdir -p ${folder}/lib/extension-release.d`,
      `grep -E '^(ID|VERSION_ID|SYSEXT_LEVEL)=' /usr/lib/os-release >${folder}/lib/extension-release.d/extension-release.kola`,
      'systemd-sysext refresh || true',
    ]);
    t.equal('runs', await says(), 'from an extension', 'what the program says');
    const { code } = await machine.try('sudo touch /usr/kola-intruder');
    t.ok('still-read-only', code !== 0, '/usr takes changes once an extension is merged');
    await asRoot(machine, ['rm -r /var/lib/extensions/kola', 'systemd-sysext refresh']);
    t.equal('gone', await says(), '', 'what the program says');
  },
});
