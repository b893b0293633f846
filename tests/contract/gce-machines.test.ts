import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/gce/index.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import type { FlightContext } from '../../src/core/platform.ts';
import { simulatedCredentials, startGce } from '../support/clouds/gce/index.ts';
import type { Disk, Firewall, Image, Instance } from '../support/clouds/gce/state.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only Compute Engine has: zones, types, disks, firewall rules. The contract of all clouds is in gce.test.ts. */
beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;

const world = async () => {
  const gce = await startGce(new PlayedGuests());
  onTestFinished(() => gce.close());
  const open = (options: object = {}, context: Partial<FlightContext> = {}): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { gceEndpoint: gce.url, ...options },
        image: bootSectorImage,
        greeting,
        clock: hastyClock(),
        census: async () => gce.compute.census(),
        murder: async () => {},
        badOptions: [],
      },
      context,
    );
  return { gce, compute: gce.compute, open };
};

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-gce-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const twoZones = { gceZone: 'us-central1-a,us-central1-b' };

it('tries the next zone, then the next type, when an operation finds no room', async () => {
  const { gce, compute, open } = await world();
  const { flight, log, spec } = await open({ ...twoZones, gceMachinetype: 'n1-standard-2,e2-standard-2' });
  gce.tap.inject({ on: 'compute instances.insert', effect: 'capacity', times: 3 });
  await flight.provision(spec(), never);
  const [instance] = compute.of<Instance>('instance');
  expect(instance?.request.machineType).toBe('zones/us-central1-b/machineTypes/e2-standard-2');
  expect(log.filter(line => line.startsWith('No room for'))).toEqual([
    'No room for n1-standard-2 in us-central1-a: trying the next place',
    'No room for n1-standard-2 in us-central1-b: trying the next place',
    'No room for e2-standard-2 in us-central1-a: trying the next place',
  ]);
});

it('lets nobody in but the runner, and the machines of the run', async () => {
  const { compute, open } = await world();
  const { flight, spec } = await open({ runnerAddress: '203.0.113.7' });
  await flight.provision(spec(), never);
  const tag = compute.of<Instance>('instance')[0]?.request.tags?.items?.[0];
  const rules = compute.of<Firewall>('firewall').map(({ rule }) => rule);
  expect(rules).toEqual([
    expect.objectContaining({
      allowed: [{ IPProtocol: 'tcp', ports: ['22'] }],
      sourceRanges: ['203.0.113.7/32'],
      targetTags: [tag],
      priority: 800,
    }),
    expect.objectContaining({ allowed: [{ IPProtocol: 'all' }], sourceTags: [tag], targetTags: [tag] }),
    expect.objectContaining({
      denied: [{ IPProtocol: 'all' }],
      sourceRanges: ['0.0.0.0/0'],
      targetTags: [tag],
      priority: 900,
    }),
  ]);
});

it('gives a machine the disks it asked for, and takes them away with it', async () => {
  const { compute, open } = await world();
  const { flight, spec } = await open();
  const wanted = spec({ primaryDiskExtraMiB: 20_480, disks: [{ serial: 'data', sizeMiB: 12_000 }] });
  await flight.provision(wanted, never);
  expect(compute.of<Disk>('disk').map(({ gb }) => gb)).toEqual([21, 12]);
  expect(compute.of<Instance>('instance')[0]?.request.disks[1]?.deviceName).toBe('data');
  await flight.destroy(wanted.id, never);
  expect(compute.of('disk')).toEqual([]);
});

it('has Google delete what nobody deletes', async () => {
  const { compute, open } = await world();
  const { flight, spec } = await open();
  await flight.provision(spec(), never);
  expect(compute.of<Instance>('instance')[0]?.request.scheduling).toMatchObject({
    maxRunDuration: { seconds: '21600' },
    instanceTerminationAction: 'DELETE',
  });
});

it('boots arm64 on arm64 types, and takes gVNIC cards when asked', async () => {
  const { compute, open } = await world();
  const image = bootSectorImage(scratch());
  const arm64 = { ...image, manifest: { ...image.manifest, arch: 'arm64' as const } };
  const { flight, spec } = await open({ gceGvnic: true }, { arch: 'arm64', image: arm64 });
  await flight.provision(spec(), never);
  const [instance] = compute.of<Instance>('instance');
  expect(instance?.request.machineType).toMatch(/t2a-standard-2$/);
  expect(instance?.request.networkInterfaces[0]?.nicType).toBe('GVNIC');
  expect(compute.of<Image>('image')[0]?.architecture).toBe('ARM64');
});

it('says that the quota is used up before it creates anything', async () => {
  const { compute, open } = await world();
  compute.settings.usedCpus = 72;
  await expect(open()).rejects.toMatchObject({
    ...{ kind: 'capacity', code: 'cloud-quota' },
    message: expect.stringContaining('has no room for a n1-standard-2: 72 of 72 are in use'),
    hint: expect.stringContaining('have the quota CPUS raised'),
  });
  expect(compute.census()).toEqual([]);
});

it('looks at the quotas of processors and addresses, and goes by the smallest', async () => {
  const { compute, open } = await world();
  const { flight, spec } = await open();
  expect(flight.machineLimit).toBe(36);
  await flight.provision(spec(), never);
  compute.settings.addresses = 4;
  expect((await flight.preflight?.(never))?.notes[0]).toMatch(
    /^the quota IN_USE_ADDRESSES of .* in us-central1 has room for 3 machines: 1 of 4 /,
  );
  expect(flight.machineLimit).toBe(3);
  compute.settings.allCpus = 6;
  await flight.preflight?.(never);
  expect(flight.machineLimit).toBe(2);
});

it('takes the quota that the series of the type has of its own', async () => {
  const { compute, open } = await world();
  compute.settings.usedCpus = 72;
  const image = bootSectorImage(scratch());
  const arm64 = { ...image, manifest: { ...image.manifest, arch: 'arm64' as const } };
  const { flight } = await open({}, { arch: 'arm64', image: arm64 });
  expect(flight.machineLimit).toBe(8);
});

it.each([
  [{ gceMachinetype: 'x9-huge' }, /has no machine type x9-huge/],
  [{ gceMachinetype: 't2a-standard-2' }, /expected a machine type for X86_64, found t2a-standard-2/],
  [{ gceImage: 'nobody' }, /'nobody' was not found/],
])('refuses %j', async (options, message) => {
  const { compute, open } = await world();
  await expect(open(options)).rejects.toThrow(message);
  expect(compute.census()).toEqual([]);
});

it('renews the lease in labels and descriptions while it lives', async () => {
  const { gce, compute, open } = await world();
  const { flight, spec } = await open();
  await flight.provision(spec(), never);
  const [instance] = compute.of<Instance>('instance');
  const before = Number(instance?.labels['kola-expires']);
  await vi.waitUntil(() => gce.tap.calls.some(({ action }) => action === 'compute instances.setLabels'), {
    timeout: 30_000,
  });
  await vi.waitUntil(() => Number(instance?.labels['kola-expires']) > before, { timeout: 1000 });
  expect(Number(instance?.labels['kola-expires']) - before).toBeGreaterThan(leaseLength / 1000 / 8);
  expect(gce.tap.calls.map(({ action }) => action)).toContain('compute firewalls.patch');
});
