import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition, link, unit } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'docker.enable-service.sysext',
  description: 'docker.service can be enabled although it comes from a system extension',
  tags: ['docker', 'sysext'],
  platforms: localAndAzure,
  versions: { from: '3746.0.0' },
  needs: { capabilities: ['docker', 'docker-sysext'] },
  userData: ignition(
    {
      links: [
        link(
          '/etc/systemd/system/multi-user.target.upholds/docker.service',
          '/usr/lib/systemd/system/docker.service',
        ),
      ],
      units: [unit('docker.service', { enabled: true })],
    },
    '3.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'docker.service is masked',
    commands: ['sudo systemctl mask --runtime docker.service'],
    fails: { check: 'enabled' },
  },
  run: async t => {
    const state = async (verb: string): Promise<string> =>
      (await t.machine.try(`systemctl ${verb} docker.service`)).stdout.trim();
    t.equal('enabled', await state('is-enabled'), 'enabled', 'docker.service');
    await t.check('active', () =>
      t.eventually('docker.service active', async () =>
        (await state('is-active')) === 'active' ? true : undefined,
      ),
    );
  },
});
