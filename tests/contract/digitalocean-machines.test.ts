import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/digitalocean/index.ts';
import { leasesByRun } from '../../platforms/digitalocean/run-tags.ts';
import { readFactText } from '../../src/cloud/fact-text.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import { poll } from '../../src/core/poll.ts';
import { bucketName } from '../support/clouds/aws/s3.ts';
import { simulatedCredentials, startDo } from '../support/clouds/digitalocean/index.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only DigitalOcean has: tags of the account, images by address, firewalls. */
beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;

const world = async (clock = hastyClock()) => {
  const simulated = await startDo(new PlayedGuests());
  onTestFinished(() => simulated.close());
  const { url, api } = simulated;
  const open = (options: object = {}, prepare = true): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { doEndpoint: url, doSpacesEndpoint: url, doSpacesBucket: bucketName, ...options },
        image: bootSectorImage,
        greeting,
        clock,
        census: async () => simulated.census(),
        murder: async () => {},
        badOptions: [],
      },
      {},
      prepare,
    );
  return { simulated, api, open, url };
};

it('tries the next size when there is no room', async () => {
  const { simulated, api, open } = await world();
  const { flight, log, spec } = await open({ doSize: 's-2vcpu-2gb,s-4vcpu-8gb' });
  simulated.tap.inject({ on: 'POST /v2/droplets', effect: 'capacity' });
  await flight.provision(spec(), never);
  expect([...api.droplets.values()].map(({ size }) => size)).toEqual(['s-4vcpu-8gb']);
  expect(log).toContain('No room for s-2vcpu-2gb in sfo3: trying the next size');
});

it('lets nobody in but the runner, and the droplets of the run', async () => {
  const { api, open } = await world();
  const { ledger } = await open({ runnerAddress: '203.0.113.7' });
  const [firewall] = api.firewalls.values();
  const rules = firewall?.body.inbound_rules as { ports: string; sources: Record<string, string[]> }[];
  expect(firewall?.body.tags).toEqual([`kola-run:${ledger.run}`]);
  expect(rules[0]).toMatchObject({ ports: '22', sources: { addresses: ['203.0.113.7/32'], tags: [] } });
  for (const { sources } of rules.slice(1))
    expect(sources).toMatchObject({ addresses: [], tags: [`kola-run:${ledger.run}`] });
});

it('has an image fetched from an address, without Spaces', async () => {
  const { simulated, api, open, url } = await world();
  await open();
  const [{ id } = { id: '' }] = simulated.s3.objects.values();
  const credential = `X-Amz-Credential=${simulatedCredentials.SPACES_ACCESS_KEY_ID}`;
  const { flight, spec } = await open({
    doImageUrl: `${url}/${bucketName}/${id}?${credential}`,
    doSpacesBucket: 'none',
  });
  const { platformId } = await flight.provision(spec(), never);
  expect(api.droplets.get(Number(platformId))?.guest?.console()).toContain(greeting);
});

it('says what an image needs when there is no way for it, before anything exists', async () => {
  const { simulated, open } = await world();
  vi.stubEnv('SPACES_SECRET_ACCESS_KEY', undefined);
  onTestFinished(
    () => void vi.stubEnv('SPACES_SECRET_ACCESS_KEY', simulatedCredentials.SPACES_SECRET_ACCESS_KEY),
  );
  const { flight } = await open({}, false);
  await expect(flight.preflight?.(never)).rejects.toMatchObject({ kind: 'usage', code: 'do-spaces' });
  expect(simulated.census()).toEqual([]);
});

it('says why the vendor could not take an image', async () => {
  const { open, url } = await world();
  const { flight } = await open({ doImageUrl: `${url}/${bucketName}/nothing` }, false);
  await expect(flight.prepareImage(never)).rejects.toMatchObject({
    kind: 'provisioning',
    code: 'do-image',
    message: expect.stringContaining('the address answered 403'),
  });
});

it('refuses a region and a size that are not there, and an account that is full', async () => {
  const { api, open } = await world();
  const refusal = async (options: object): Promise<unknown> =>
    (await open(options, false)).flight.preflight?.(never).catch(error => error.code);
  expect(await refusal({ doRegion: 'mar1' })).toBe('do-region');
  expect(await refusal({ doSize: 'huge' })).toBe('do-size');
  api.settings.dropletLimit = 0;
  expect(await refusal({})).toBe('cloud-quota');
});

it('says before a run how many droplets the account has room for', async () => {
  const { api, open } = await world();
  const first = await open();
  await first.flight.provision(first.spec(), never);
  api.settings.dropletLimit = 3;
  const { flight } = await open({}, false);
  expect((await flight.preflight?.(never))?.notes[0]).toBe(
    'the account has room for 2 more of its 3 droplets',
  );
  expect(flight.machineLimit).toBe(2);
});

it('moves the lease on in tags, images and keys while the run lives', async () => {
  const clock = hastyClock(1000);
  const { api, open } = await world(clock);
  const { flight, ledger, spec } = await open();
  await flight.provision(spec(), never);
  const first = Number(leasesByRun([...api.tags]).get(ledger.run)?.['kola-expires']);
  const moved = (text: string | undefined): boolean =>
    Number(readFactText(text ?? '')['kola-expires']) > first + leaseLength / 4000;
  await poll({ every: 5, until: 10_000, what: 'a later lease' }, async () => {
    const lease = Number(leasesByRun([...api.tags]).get(ledger.run)?.['kola-expires']);
    const [image] = api.images.values();
    const [key] = api.keys.values();
    const all = lease > first && moved(image?.description) && moved(key?.name);
    return all ? { done: undefined } : { pending: String(lease) };
  });
  expect([...api.tags].filter(name => name.startsWith('kola-lease:')).length).toBeLessThanOrEqual(2);
  await flight.close(never);
  expect([...api.tags]).toEqual([]);
});
