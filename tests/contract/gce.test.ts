import { afterAll, beforeAll, vi } from 'vitest';
import { platform } from '../../platforms/gce/index.ts';
import { readDescription } from '../../platforms/gce/kinds.ts';
import { simulatedCredentials, startGce } from '../support/clouds/gce/index.ts';
import type { Firewall, Instance } from '../support/clouds/gce/state.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const underTest = async (): Promise<CloudUnderTest> => {
  const gce = await startGce(new PlayedGuests());
  const { compute, tap } = gce;
  compute.settings.lag = 1;
  compute.settings.pace = 1;
  compute.settings.pageSize = 2;
  return {
    definition: platform,
    arch: 'amd64',
    options: { gceEndpoint: gce.url },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => compute.census(),
    murder: machine => compute.murder(machine.platformId),
    end: () => gce.close(),
    badOptions: [
      [{ gceZone: 'Frankfurt' }, /expected zones such as us-central1-a, found \["Frankfurt"\]/],
      [{ gceZone: 'us-central1-a,europe-west1-b' }, /expected zones of one region/],
      [{ gceImage: 'a b' }, /expected an image such as projects/],
      [{ gceMachinetype: '' }, /expected machine types, found nothing/],
      [{ gceEndpoint: 'localhost:5000' }, /expected a URL such as http/],
    ],
    tap,
    creates: [
      'storage buckets.insert',
      'storage objects.insert',
      'compute images.insert',
      'compute firewalls.insert',
      'compute instances.insert',
    ],
    tagged: () =>
      new Map(
        [...compute.things].map(([id, thing]) => [
          id,
          thing.kind === 'firewall' ? readDescription((thing as Firewall).description) : thing.labels,
        ]),
      ),
    clutter: () => {
      const rest = {
        kind: 'image',
        hidden: 0,
        architecture: 'X86_64',
        gb: 1,
        file: '',
        created: '',
      } as const;
      const theirs = { ...rest, id: 'theirs', labels: { team: 'other' } };
      compute.add(theirs);
      const odd = { ...rest, id: 'odd', labels: { 'managed-by': 'kola', 'kola-created': 'yesterday' } };
      compute.add(odd);
    },
    userDataOf: ({ platformId }) => {
      const instance = compute.of<Instance>('instance').find(({ id }) => id === platformId);
      const items = instance?.request.metadata?.items ?? [];
      return items.find(({ key }) => key === 'user-data')?.value ?? '';
    },
    userDataLimit: 262_144,
    secrets: [simulatedCredentials.CLOUDSDK_AUTH_ACCESS_TOKEN],
  };
};

describeCloud('gce', underTest);
