import { afterAll, beforeAll, vi } from 'vitest';
import { platform } from '../../platforms/digitalocean/index.ts';
import { leasesByRun, runOf } from '../../platforms/digitalocean/run-tags.ts';
import { readFactText } from '../../src/cloud/fact-text.ts';
import { bucketName } from '../support/clouds/aws/s3.ts';
import { simulatedCredentials, startDo } from '../support/clouds/digitalocean/index.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const underTest = async (): Promise<CloudUnderTest> => {
  const simulated = await startDo(new PlayedGuests());
  const { api, s3, tap, url } = simulated;
  api.settings.pageSize = 2;
  const tagged = () => {
    const runs = leasesByRun([...api.tags]);
    const ofRun = (run: string | undefined) => runs.get(run ?? '') ?? {};
    return new Map([
      ...[...api.droplets].map(([id, { tags }]) => {
        const run = [...tags].map(runOf).find(one => one !== undefined);
        return [`droplet ${id}`, ofRun(run)] as const;
      }),
      ...[...api.firewalls].map(([id, { name }]) => [`firewall ${id}`, ofRun(name.split('-')[1])] as const),
      ...[...api.images].map(([id, { description }]) => [`image ${id}`, readFactText(description)] as const),
      ...[...api.keys].map(([id, { name }]) => [`ssh-key ${id}`, readFactText(name)] as const),
      ...[...s3.objects].map(([id, { tags }]) => [`space-object ${id}`, Object.fromEntries(tags)] as const),
      ...[...api.tags].map(name => [`tag ${name}`, ofRun(runOf(name))] as const),
    ]);
  };
  return {
    definition: platform,
    arch: 'amd64',
    options: { doEndpoint: url, doSpacesEndpoint: url, doSpacesBucket: bucketName },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => simulated.census(),
    murder: machine => api.murder(machine.platformId),
    screen: machine => api.droplets.get(Number(machine.platformId))?.guest?.console() ?? '',
    end: () => simulated.close(),
    badOptions: [
      [{ doRegion: 'San Francisco' }, /expected a region such as sfo3, found "San Francisco"/],
      [{ doSize: '' }, /expected sizes, found nothing/],
      [{ doImage: '1', doImageUrl: 'https://x.y/z' }, /found both/],
      [{ doEndpoint: 'localhost:5000' }, /expected a URL such as http/],
    ],
    tap,
    creates: [
      'POST /v2/images',
      's3 PutObject',
      'POST /v2/tags',
      'POST /v2/firewalls',
      'POST /v2/account/keys',
      'POST /v2/droplets',
    ],
    tagged,
    clutter: () => {
      const body = { inbound_rules: [], outbound_rules: [], tags: [] };
      const odd = { name: 'kola-odd-firewall', body: { ...body, name: 'kola-odd-firewall' }, created: '' };
      api.firewalls.set('odd', { id: 'odd', ...odd });
      api.tags.add('team:other').add('kola-lease:odd');
      api.keys.set(1, { id: 1, name: 'theirs', publicKey: 'ssh-rsa AAAA', fingerprint: '00' });
    },
    userDataOf: ({ platformId }) => api.droplets.get(Number(platformId))?.userData ?? '',
    userDataLimit: 65_536,
    secrets: [
      simulatedCredentials.DIGITALOCEAN_TOKEN,
      simulatedCredentials.SPACES_SECRET_ACCESS_KEY,
      'X-Amz-Signature',
    ],
  };
};

describeCloud('digitalocean', underTest);
