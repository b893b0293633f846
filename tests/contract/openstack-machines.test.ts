import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/openstack/index.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import type { FlightContext } from '../../src/core/platform.ts';
import { poll } from '../../src/core/poll.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { addImage, rawDisk } from '../support/clouds/openstack/glance.ts';
import { startOpenStack } from '../support/clouds/openstack/index.ts';
import { applicationCredential, simulatedCredentials } from '../support/clouds/openstack/keystone.ts';
import { configDriveOf } from '../support/clouds/openstack/metadata.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorDisk, bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only OpenStack has: flavors, networks of one's own or of others, volumes, tokens that run out. */
beforeAll(() => {
  for (const [name, value] of Object.entries({ ...simulatedCredentials, OS_CLOUD: '' }))
    vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;

const world = async (clock = hastyClock()) => {
  const guests = new PlayedGuests();
  const started: { readonly diskBytes: number; readonly extraDisks: readonly { bytes: number }[] }[] = [];
  const simulated = await startOpenStack({
    start: spec => {
      started.push(spec);
      return guests.start(spec);
    },
    close: () => guests.close(),
  });
  onTestFinished(() => simulated.close());
  const { tap, url, world: own } = simulated;
  const open = (
    options: object = {},
    prepare = true,
    context: Partial<FlightContext> = {},
  ): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { openstackEndpoint: url, ...options },
        image: bootSectorImage,
        greeting,
        clock,
        census: async () => own.census(),
        murder: async () => {},
        badOptions: [],
      },
      context,
      prepare,
    );
  const refusal = async (options: object): Promise<unknown> =>
    (await open(options, false)).flight.preflight?.(never).then(
      () => 'none',
      error => error,
    );
  return { own, tap, url, open, refusal, started, empty: own.census() };
};

it('tries the next flavor when the scheduler finds no room, and leaves no failed server', async () => {
  const { own, open } = await world();
  own.settings.full.add('m1.small');
  const { flight, log, spec } = await open({ openstackFlavor: 'm1.small,3' });
  await flight.provision(spec(), never);
  expect(own.ofKind('server').map(({ body }) => body.flavorRef)).toEqual(['3']);
  expect(log).toContain('No room for m1.small: trying the next flavor');
});

it('says that there is no room at all, and leaves nothing of the machine', async () => {
  const { own, open } = await world();
  own.settings.full.add('m1.small');
  const { flight, own: owned, spec } = await open();
  await expect(flight.provision(spec(), never)).rejects.toMatchObject({
    kind: 'capacity',
    code: 'cloud-capacity',
    message: expect.stringMatching(/^openstack has no room for m1.small: No valid host was found[^\n]+$/),
  });
  expect(owned()).toEqual([]);
  expect([...own.ofKind('server'), ...own.ofKind('port'), ...own.ofKind('floating-ip')]).toEqual([]);
});

it('lets nobody in but the runner, and the machines of the run', async () => {
  const { own, open } = await world();
  await open({ runnerAddress: '203.0.113.7' });
  const [group] = own.ofKind('security-group');
  const common = { security_group_id: group?.id, direction: 'ingress' };
  const ssh = { protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_ip_prefix: '203.0.113.7/32' };
  expect(own.rules).toEqual([
    { ...common, ethertype: 'IPv4', ...ssh },
    { ...common, ethertype: 'IPv4', remote_group_id: group?.id },
    { ...common, ethertype: 'IPv6', remote_group_id: group?.id },
  ]);
});

it('has machines on one network of the run, each with an address outside', async () => {
  const { own, open } = await world();
  const { flight, spec } = await open();
  const machines = [await flight.provision(spec(), never), await flight.provision(spec(), never)];
  const [network] = own.ofKind('network').slice(2);
  expect(own.ofKind('port').map(({ body }) => body.network_id)).toEqual([network?.id, network?.id]);
  expect(own.ofKind('floating-ip')).toHaveLength(2);
  for (const { publicAddress, privateAddress, ssh } of machines) {
    expect(publicAddress).toMatch(/^198\.51\.100\./);
    expect(privateAddress).toMatch(/^10\./);
    expect(ssh).toEqual({ host: publicAddress, port: 22 });
  }
});

it('starts machines that come at once from the whole disk', async () => {
  const { own, open } = await world();
  const { flight, spec } = await open();
  const id = own.ofKind('image')[0]?.id ?? '';
  // Converting takes a while: whoever comes meanwhile waits for the same disk.
  expect(rawDisk(own, id)).toBe(rawDisk(own, id));
  const machines = await Promise.all([spec(), spec(), spec()].map(one => flight.provision(one, never)));
  for (const { console } of machines)
    await vi.waitUntil(() => console?.text().includes(greeting), { timeout: 10_000 });
});

it('uses a network of others, where machines are reached at their own addresses', async () => {
  const { own, open, empty } = await world();
  const { flight, spec } = await open({ openstackNetwork: 'lan' });
  const { publicAddress, privateAddress } = await flight.provision(spec(), never);
  expect(privateAddress).toBe(publicAddress);
  for (const kind of ['router', 'subnet', 'floating-ip'] as const) expect(own.ofKind(kind)).toEqual([]);
  await flight.close(never);
  expect(own.census()).toEqual(empty);
});

it('boots from the flavor’s disk where that is large enough, else from a volume, and takes all volumes away', async () => {
  const { own, open, started } = await world();
  const { flight, spec } = await open();
  await flight.provision(spec({ primaryDiskExtraMiB: 10 * 1024 }), never);
  expect(own.ofKind('volume')).toEqual([]);
  const large = spec({ primaryDiskExtraMiB: 24 * 1024, disks: [{ serial: 'data', sizeMiB: 1500 }] });
  await flight.provision(large, never);
  expect(own.ofKind('volume').map(({ body }) => [body.size, body.status])).toEqual([
    [25, 'in-use'],
    [2, 'in-use'],
  ]);
  const gib = 2 ** 30;
  expect(started.map(({ diskBytes }) => diskBytes)).toEqual([20 * gib, 25 * gib]);
  expect(started[1]?.extraDisks.map(({ bytes }) => bytes)).toEqual([2 * gib]);
  await flight.destroy(large.id, never);
  expect(own.ofKind('volume')).toEqual([]);
});

it('attaches additional disks beside the flavor’s own', async () => {
  const { own, open, started } = await world();
  const { flight, spec } = await open();
  await flight.provision(spec({ disks: [{ serial: 'data', sizeMiB: 3000 }] }), never);
  const gib = 2 ** 30;
  expect(started).toMatchObject([{ diskBytes: 20 * gib, extraDisks: [{ bytes: 3 * gib }] }]);
  await flight.close(never);
  expect(own.ofKind('volume')).toEqual([]);
});

it('boots flavors without a disk from a volume, and says it when there are none', async () => {
  const { own, open } = await world();
  const options = { openstackFlavor: 'v1.small' };
  const { flight, spec } = await open(options);
  await flight.provision(spec(), never);
  expect(own.ofKind('volume')).toHaveLength(1);
  own.settings.volumes = false;
  const second = await open(options);
  await expect(second.flight.provision(second.spec(), never)).rejects.toMatchObject({
    kind: 'usage',
    code: 'openstack-volumes',
  });
});

it('hands user-data over on a config drive when it is asked to', async () => {
  const { own, open } = await world();
  const { flight, spec } = await open({ openstackConfigDrive: true });
  const script = { channel: 'cloudinit', form: 'script', redacted: '', ownDigest: '' } as const;
  const userData = { ...script, text: '#!/bin/sh\n' };
  const { platformId } = await flight.provision(spec({ userData }), never);
  const server = own.server(platformId);
  expect(server?.body.config_drive).toBe(true);
  if (server === undefined) throw new Error('no server');
  expect(Buffer.from(configDriveOf(own, server)).includes('#!/bin/sh\n')).toBe(true);
});

it('boots an image that was named, by id and by name, and leaves it', async () => {
  const { own, open } = await world();
  const id = addImage(own, bootSectorDisk());
  for (const openstackImage of [id, 'theirs']) {
    const { flight, spec } = await open({ openstackImage });
    const { console } = await flight.provision(spec(), never);
    await vi.waitUntil(() => console?.text().includes(greeting), { timeout: 10_000 });
    await flight.close(never);
    expect(own.ofKind('image').map(one => one.id)).toEqual([id]);
  }
});

it('uploads qcow2 with what the image needs, once also when the answer is lost', async () => {
  const { own, tap, open } = await world();
  tap.inject({ on: 'PUT /image/v2/images/:id/file', effect: 'lost-answer' });
  await open();
  expect(own.ofKind('image').map(({ body }) => body)).toMatchObject([
    { disk_format: 'qcow2', status: 'active', min_disk: 1, virtual_size: 2 ** 20, architecture: 'x86_64' },
  ]);
  expect(tap.calls.filter(({ action }) => action === 'PUT /image/v2/images/:id/file')).toHaveLength(1);
});

it('asks for another token when one has run out', async () => {
  const { own, tap, open } = await world();
  const { flight, spec } = await open();
  own.tokens.clear();
  await flight.provision(spec(), never);
  const asked = tap.calls.filter(({ action }) => action === 'POST /identity/v3/auth/tokens');
  expect(asked.map(({ status }) => status)).toEqual([201, 201]);
});

it('ends servers for good where the cloud keeps them for a while', async () => {
  const { own, open, empty } = await world();
  own.settings.softDelete = true;
  const { flight, spec } = await open();
  await flight.provision(spec(), never);
  await flight.close(never);
  expect(own.census()).toEqual(empty);
});

it('takes an application credential, and the clouds of a file', async () => {
  const { own, open } = await world();
  const folder = mkdtempSync(join(tmpdir(), 'kola-clouds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'clouds.yaml');
  const { id, secret } = applicationCredential;
  const auth = { application_credential_id: id, application_credential_secret: secret };
  writeFileSync(file, JSON.stringify({ clouds: { a: { auth }, b: { auth: {} } } }));
  const { flight } = await open({ openstackConfigFile: file, openstackProfile: 'a' }, false);
  expect((await flight.preflight?.(never))?.identity).toMatch(/^user ci in project ci at http:/);
  expect(own.tokens.size).toBe(1);
});

it('refuses in preflight what cannot work, and creates nothing', async () => {
  const { own, refusal, empty } = await world();
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ openstackFlavor: 'huge' }, 'openstack-flavor', /no flavor huge, but m1.tiny, m1.small/],
    [{ openstackNetwork: 'mars' }, 'openstack-network', /no network mars, but public, lan/],
    [
      { openstackFloatingIpPool: 'moon' },
      'openstack-floating-ip-pool',
      /no external network moon, but public/,
    ],
    [{ openstackImage: 'none' }, 'openstack-image', /no image none that is active/],
    [{ openstackRegion: 'Nowhere' }, 'openstack-region', /no region Nowhere, but RegionOne/],
  ];
  for (const [options, code, message] of cases)
    expect(await refusal(options), JSON.stringify(options)).toMatchObject({
      ...{ kind: 'usage', code },
      message: expect.stringMatching(message),
    });
  const arm = addImage(own, bootSectorDisk(), { architecture: 'aarch64' });
  expect(await refusal({ openstackImage: arm })).toMatchObject({ code: 'image-arch' });
  own.settings.nova = '2.38';
  expect(await refusal({})).toMatchObject({
    code: 'openstack-version',
    message: 'expected Nova with microversion 2.52, found 2.1 to 2.38',
  });
  expect(own.census().filter(one => !one.startsWith('image'))).toEqual(empty);
});

it('says before a run what the quota has room for, and stops where there is none', async () => {
  const { own, open, refusal } = await world();
  own.settings.floatingIps = 3;
  const { flight } = await open({}, false);
  expect((await flight.preflight?.(never))?.notes[0]).toBe('the quota has room for 3 machines');
  expect(flight.machineLimit).toBe(3);
  own.settings.instances = 0;
  expect(await refusal({})).toMatchObject({
    ...{ kind: 'capacity', code: 'cloud-quota' },
    message: 'the quota of instances of the project is used up',
  });
});

it('keeps the entries of a ledger that another project holds', async () => {
  const { own, open } = await world();
  const { ledger } = await open();
  const there = own.census();
  const entries = ledger
    .open()
    .map(entry => ({ ...entry, detail: { ...entry.detail, project: 'somebody-else' } }));
  const log: string[] = [];
  const clock = hastyClock();
  const gone = await platform.sweep(entries, { signal: never, log: line => log.push(line), clock });
  expect(gone).toEqual([]);
  expect(log.join()).toMatch(/expected credentials of project somebody-else/);
  expect(own.census()).toEqual(there);
});

it('moves the lease on in everything that the run owns, its keys by that of its group', async () => {
  // Half an hour between two renewals takes three seconds.
  const clock = hastyClock(600);
  const { own, open, url } = await world(clock);
  const { flight, spec } = await open();
  const metadataKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sFyF0 kola';
  await flight.provision(spec({ metadataKey }), never);
  const leases = (): readonly (readonly [string, number])[] =>
    [...own.tagged()].flatMap(([thing, tags]) =>
      tags['kola-run'] === undefined ? [] : [[thing, Number(tags['kola-expires'])] as const],
    );
  const first = new Map(leases());
  expect(first.size).toBeGreaterThanOrEqual(8);
  await poll({ every: 5, until: 20_000, what: 'a later lease' }, async () => {
    const late = leases().filter(
      ([thing, expires]) =>
        !thing.startsWith('keypair') && expires < (first.get(thing) ?? 0) + leaseLength / 4000,
    );
    return late.length === 0 ? { done: undefined } : { pending: late.join() };
  });
  const options = (await platform.options()).parse({ openstackEndpoint: url });
  const account = await platform.account?.({ options, clock, signal: never, log: () => {} });
  const found = (await account?.list(never)) ?? [];
  const keypair = found.find(({ kind }) => kind === 'keypair');
  expect(keypair?.expires).toBe(found.find(({ kind }) => kind === 'security-group')?.expires);
});
