import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'coreos.ignition.systemd.enable-service',
  description: 'Ignition enables a unit that the image has, and it runs',
  tags: ['ignition', 'systemd'],
  platforms: localAndAzure,
  needs: { capabilities: ['nfs-server'] },
  userData: ignition(
    {
      files: [
        file('/etc/exports', '', { overwrite: true }),
        file('/var/lib/nfs/etab', '', { overwrite: true }),
      ],
      units: [unit('nfs-server.service', { enabled: true })],
    },
    '2.2',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the service is stopped',
    commands: ['sudo systemctl stop nfs-server.service'],
    fails: { check: 'active' },
  },
  run: async t => {
    const state = async (verb: string): Promise<string> =>
      (await t.machine.try(`systemctl ${verb} nfs-server.service`)).stdout.trim();
    t.equal('enabled', await state('is-enabled'), 'enabled', 'nfs-server.service');
    t.equal('active', await state('is-active'), 'active', 'nfs-server.service');
  },
});
