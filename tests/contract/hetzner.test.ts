import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { platform } from '../../platforms/hetzner/index.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { isServer, type Server } from '../support/clouds/hetzner/api.ts';
import { simulatedCredentials, startHetzner } from '../support/clouds/hetzner/index.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorDisk, bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';
import { begin, openFlight } from './platform-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const underTest = async (): Promise<CloudUnderTest> => {
  const simulated = await startHetzner(new PlayedGuests());
  const { api, tap, url } = simulated;
  api.settings.pageSize = 2;
  const server = (id: string): Server | undefined => {
    const thing = api.things.get(Number(id));
    return thing !== undefined && isServer(thing) ? thing : undefined;
  };
  const plain = { created: '', body: {} };
  return {
    definition: platform,
    arch: 'amd64',
    // An upload takes a second of SSH: only what is about images makes one.
    options: { hetznerEndpoint: url, hetznerImage: api.addImage(bootSectorDisk()) },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => api.census(),
    murder: async ({ platformId }) => server(platformId)?.guest?.kill(),
    screen: ({ platformId }) => server(platformId)?.guest?.console() ?? '',
    end: () => simulated.close(),
    badOptions: [
      [{ hetznerLocation: 'Falkenstein' }, /expected a location such as fsn1, found "Falkenstein"/],
      [{ hetznerServerType: '' }, /expected server types, found nothing/],
      [{ hetznerEndpoint: 'localhost:5000' }, /expected a URL such as http/],
    ],
    tap,
    creates: ['POST /v1/ssh_keys', 'POST /v1/networks', 'POST /v1/firewalls', 'POST /v1/servers'],
    tagged: () => new Map([...api.things.values()].map(({ kind, id, labels }) => [`${kind} ${id}`, labels])),
    clutter: () => {
      api.things.set(1, { id: 1, kind: 'firewall', name: 'theirs', labels: { team: 'other' }, ...plain });
      const odd = { 'managed-by': 'kola', 'kola-created': 'yesterday' };
      api.things.set(2, { id: 2, kind: 'firewall', name: 'odd', labels: odd, ...plain });
    },
    userDataOf: ({ platformId }) => String(server(platformId)?.body.user_data ?? ''),
    userDataLimit: 32_768,
    secrets: [simulatedCredentials.HCLOUD_TOKEN],
  };
};

// There is no description of its API that the traffic could be checked against: that is reported as not run.
describeCloud('hetzner', underTest, false);

it('boots an image of the run that was written in a rescue system, and leaves nothing of it', async () => {
  const under = await begin(underTest);
  const before = await under.census();
  const { hetznerEndpoint } = under.options as { hetznerEndpoint: string };
  const { flight, ledger, spec } = await openFlight({ ...under, options: { hetznerEndpoint } });
  expect(ledger.open().map(({ kind }) => kind)).toContain('image');
  const machine = await flight.provision(spec(), new AbortController().signal);
  expect(under.screen?.(machine)).toContain(greeting);
  await flight.close(new AbortController().signal);
  expect(await under.census()).toEqual(before);
});
