import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/hetzner/index.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import type { FlightContext } from '../../src/core/platform.ts';
import { poll } from '../../src/core/poll.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import type { Thing } from '../support/clouds/hetzner/api.ts';
import { simulatedCredentials, startHetzner } from '../support/clouds/hetzner/index.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorDisk, bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only Hetzner has: server types, a firewall for the public side, keys that a project has once. */
beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;
const metadataKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sFyF0 kola';

const world = async (clock = hastyClock()) => {
  const { api, close, tap, url } = await startHetzner(new PlayedGuests());
  onTestFinished(() => close());
  const image = api.addImage(bootSectorDisk());
  const open = (
    options: object = {},
    prepare = true,
    context: Partial<FlightContext> = {},
  ): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { hetznerEndpoint: url, hetznerImage: image, ...options },
        image: bootSectorImage,
        greeting,
        clock,
        census: async () => api.census(),
        murder: async () => {},
        badOptions: [],
      },
      context,
      prepare,
    );
  const ofKind = (kind: string): readonly Thing[] =>
    [...api.things.values()].filter(thing => thing.kind === kind);
  return { api, tap, open, ofKind };
};

it('tries the next type when there is no room', async () => {
  const { tap, open, ofKind } = await world();
  const { flight, log, spec } = await open({ hetznerServerType: 'cpx22,cpx32' });
  tap.inject({ on: 'POST /v1/servers', effect: 'capacity' });
  await flight.provision(spec(), never);
  expect(ofKind('server').map(({ body }) => body.server_type)).toEqual(['cpx32']);
  expect(log).toContain('No room for cpx22 in fsn1: trying the next type');
});

it('lets nobody in but the runner over SSH', async () => {
  const { open, ofKind } = await world();
  const { flight, spec } = await open({ runnerAddress: '203.0.113.7' });
  await flight.provision(spec(), never);
  const [firewall] = ofKind('firewall');
  expect(firewall?.body.rules).toEqual([
    { direction: 'in', protocol: 'tcp', port: '22', source_ips: ['203.0.113.7/32'] },
  ]);
  expect(ofKind('server')[0]?.body.firewalls).toEqual([{ firewall: firewall?.id }]);
});

it('has the servers of a run on one network, each with an address of its own there', async () => {
  const { open, ofKind } = await world();
  const { flight, spec } = await open();
  const machines = [await flight.provision(spec(), never), await flight.provision(spec(), never)];
  const networks = ofKind('network').map(({ id }) => id);
  expect(ofKind('server').map(({ body }) => body.networks)).toEqual([networks, networks]);
  expect(new Set(machines.map(({ privateAddress }) => privateAddress)).size).toBe(2);
});

it('makes a key once for all machines, and uses one that the project has without taking it away', async () => {
  const { open, ofKind } = await world();
  const first = await open();
  const specs = [first.spec({ metadataKey }), first.spec({ metadataKey })];
  await Promise.all(specs.map(one => first.flight.provision(one, never)));
  const [key, ...others] = ofKind('ssh-key');
  expect(others).toEqual([]);
  const second = await open();
  await second.flight.provision(second.spec({ metadataKey }), never);
  expect(ofKind('server').map(({ body }) => body.ssh_keys)).toEqual([[key?.id], [key?.id], [key?.id]]);
  await second.flight.close(never);
  expect(ofKind('ssh-key')).toEqual([key]);
});

it('refuses in preflight a location, a type, and a type for another processor', async () => {
  const { api, open } = await world();
  const before = api.census();
  const refusal = async (options: object): Promise<unknown> =>
    (await open(options, false)).flight.preflight?.(never).catch(error => `${error.code}: ${error.message}`);
  expect(await refusal({ hetznerLocation: 'mar1' })).toBe('hetzner-location: Hetzner has no location mar1');
  expect(await refusal({ hetznerServerType: 'huge' })).toBe(
    'hetzner-type: expected a server type for x86, found huge, which does not exist',
  );
  expect(await refusal({ hetznerServerType: 'cax11' })).toBe(
    'hetzner-type: expected a server type for x86, found cax11',
  );
  expect(api.census()).toEqual(before);
});

it('refuses a machine that the type is too small for, as a lack of room', async () => {
  const { open, ofKind } = await world();
  const { flight, spec } = await open();
  const large = spec({ size: { memoryMiB: 16_384, vcpus: 4 } });
  await expect(flight.provision(large, never)).rejects.toMatchObject({
    ...{ kind: 'capacity', code: 'hetzner-size' },
  });
  expect(ofKind('server')).toEqual([]);
});

it('says which variable has the token when there is none', async () => {
  const { open } = await world();
  vi.stubEnv('HCLOUD_TOKEN', '');
  onTestFinished(() => void vi.stubEnv('HCLOUD_TOKEN', simulatedCredentials.HCLOUD_TOKEN));
  await expect(open({}, false)).rejects.toMatchObject({
    ...{ kind: 'usage', code: 'cloud-credentials', hint: expect.stringContaining('HCLOUD_TOKEN') },
  });
});

it('moves the lease on in the labels of everything that the run owns', async () => {
  const { api, open } = await world(hastyClock(1000));
  const { flight, ledger, spec } = await open();
  await flight.provision(spec({ metadataKey }), never);
  const own = (): readonly Thing[] =>
    [...api.things.values()].filter(({ labels }) => labels['kola-run'] === ledger.run);
  const first = new Map(own().map(({ id, labels }) => [id, Number(labels['kola-expires'])]));
  expect(own().map(({ kind }) => kind)).toEqual(['network', 'firewall', 'ssh-key', 'server']);
  await poll({ every: 5, until: 20_000, what: 'a later lease' }, async () => {
    const early = own().filter(
      ({ id, labels }) => Number(labels['kola-expires']) < (first.get(id) ?? 0) + leaseLength / 4000,
    );
    return early.length === 0 ? { done: undefined } : { pending: early.map(({ kind }) => kind).join() };
  });
  // Nothing but the lease was written.
  expect(own().every(({ labels }) => labels['managed-by'] === 'kola' && labels['kola-name'] !== '')).toBe(
    true,
  );
});
