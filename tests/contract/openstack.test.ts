import { afterAll, beforeAll, vi } from 'vitest';
import { platform } from '../../platforms/openstack/index.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { startOpenStack } from '../support/clouds/openstack/index.ts';
import { simulatedCredentials, tokenPrefix } from '../support/clouds/openstack/keystone.ts';
import { describedAs } from '../support/clouds/openstack/world.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries({ ...simulatedCredentials, OS_CLOUD: '' }))
    vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const underTest = async (): Promise<CloudUnderTest> => {
  const simulated = await startOpenStack(new PlayedGuests());
  const { tap, url, world } = simulated;
  world.settings.pageSize = 2;
  return {
    definition: platform,
    arch: 'amd64',
    options: { openstackEndpoint: url },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => world.census(),
    murder: async ({ platformId }) => world.server(platformId)?.guest?.kill(),
    end: () => simulated.close(),
    badOptions: [
      [{ openstackFlavor: '' }, /expected flavors, found nothing/],
      [{ openstackImage: '' }, /expected an image id or name, found nothing/],
      [{ openstackEndpoint: 'localhost:5000' }, /expected a URL such as http/],
    ],
    tap,
    creates: [
      'POST /image/v2/images',
      'POST /networking/v2.0/security-groups',
      'POST /networking/v2.0/networks',
      'POST /networking/v2.0/subnets',
      'POST /networking/v2.0/routers',
      'POST /compute/v2.1/os-keypairs',
      'POST /networking/v2.0/ports',
      'POST /networking/v2.0/floatingips',
      'POST /compute/v2.1/servers',
    ],
    tagged: () => world.tagged(),
    clutter: () => {
      const odd = describedAs({ 'managed-by': 'kola', 'kola-created': 'yesterday' });
      world.add('network', { name: 'theirs', description: 'team=other' });
      world.add('security-group', { name: 'odd', description: odd });
      world.add('keypair', { name: 'theirs', public_key: 'ssh-ed25519 AAAA somebody' }, 'theirs');
    },
    userDataOf: ({ platformId }) =>
      Buffer.from(String(world.server(platformId)?.body.user_data ?? ''), 'base64').toString(),
    userDataLimit: 49_149,
    secrets: [simulatedCredentials.OS_PASSWORD, tokenPrefix],
    // The scheduler finds no room when the request was accepted long ago: see openstack-machines.test.ts.
    without: ['capacity'],
  };
};

// OpenStack publishes no description of its APIs that the traffic could be checked against.
describeCloud('openstack', underTest, false);
