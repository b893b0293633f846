import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/azure/index.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import type { FlightContext } from '../../src/core/platform.ts';
import { simulatedCredentials, startAzure } from '../support/clouds/azure/index.ts';
import type { Resource } from '../support/clouds/azure/state.ts';
import type { Guest, GuestSpec } from '../support/clouds/guests.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only Azure has: resource groups, sizes, galleries, two channels for data. The contract of all clouds is in azure.test.ts. */
beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;
const machineType = 'Microsoft.Compute/virtualMachines';

/** Keeps what lay in the drives. */
class WithDiscs extends PlayedGuests {
  readonly discs: Uint8Array[] = [];

  override start(spec: GuestSpec): Promise<Guest> {
    if (spec.disc !== undefined) this.discs.push(spec.disc);
    return super.start(spec);
  }
}

const world = async () => {
  const guests = new WithDiscs();
  const azure = await startAzure(guests);
  onTestFinished(() => azure.close());
  const { arm, tap } = azure;
  const open = (options: object = {}, context: Partial<FlightContext> = {}): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { azureEndpoint: azure.url, azureCaFile: azure.caFile, ...options },
        image: bootSectorImage,
        greeting,
        clock: hastyClock(),
        census: async () => arm.census(),
        murder: async () => {},
        badOptions: [],
      },
      context,
    );
  const ofType = (type: string): readonly Resource[] =>
    [...arm.resources.values()].filter(resource => resource.type === type);
  return { guests, arm, tap, open, ofType };
};

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-azure-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const arm64 = (): Partial<FlightContext> => {
  const image = bootSectorImage(scratch());
  return { arch: 'arm64', image: { ...image, manifest: { ...image.manifest, arch: 'arm64' } } };
};

const sizes = { azureSize: 'Standard_D2s_v6,Standard_D2s_v5' };

it('tries the next size when the first has no room', async () => {
  const { tap, open, ofType } = await world();
  const { flight, log, spec } = await open(sizes);
  tap.inject({ on: 'compute virtualMachines.createOrUpdate', effect: 'capacity' });
  await flight.provision(spec(), never);
  expect(ofType(machineType).map(({ body }) => body.properties?.hardwareProfile?.vmSize)).toEqual([
    'Standard_D2s_v5',
  ]);
  expect(log).toContain('No room for Standard_D2s_v6: trying the next size');
});

it('takes away the machine that was accepted and then found no room, before it tries the next size', async () => {
  const { arm, tap, open, ofType } = await world();
  const { flight, spec } = await open(sizes);
  arm.settings.failLater = 'AllocationFailed';
  await flight.provision(spec(), never);
  expect(ofType(machineType)).toHaveLength(1);
  const steps = tap.calls
    .map(({ action }) => action)
    .filter(action => /Machines\.(create|delete)/.test(action));
  expect(steps).toEqual([
    'compute virtualMachines.createOrUpdate',
    'compute virtualMachines.delete',
    'compute virtualMachines.createOrUpdate',
  ]);
});

it('lets nobody in but the runner', async () => {
  const { open, ofType } = await world();
  await open({ runnerAddress: '203.0.113.7' });
  const [group] = ofType('Microsoft.Network/networkSecurityGroups');
  expect(group?.body.properties?.securityRules?.map(({ properties }) => properties)).toEqual([
    expect.objectContaining({
      access: 'Allow',
      direction: 'Inbound',
      sourceAddressPrefix: '203.0.113.7/32',
      destinationPortRange: '22',
    }),
  ]);
});

it('gives a machine the disks it asked for, which go with it as card and address do', async () => {
  const { arm, open, ofType } = await world();
  const { flight, spec } = await open();
  const wanted = spec({ primaryDiskExtraMiB: 2048, disks: [{ serial: 'data', sizeMiB: 3000 }] });
  await flight.provision(wanted, never);
  const { storageProfile, networkProfile } = ofType(machineType)[0]?.body.properties ?? {};
  expect(storageProfile?.osDisk).toMatchObject({ diskSizeGB: 32, deleteOption: 'Delete' });
  expect(storageProfile?.dataDisks).toEqual([
    expect.objectContaining({ lun: 0, diskSizeGB: 3, deleteOption: 'Delete' }),
  ]);
  expect(networkProfile?.networkInterfaceConfigurations).toEqual([
    expect.objectContaining({ properties: expect.objectContaining({ deleteOption: 'Delete' }) }),
  ]);
  await flight.destroy(wanted.id, never);
  expect(arm.census().filter(thing => thing.startsWith(machineType))).toEqual([]);
});

it.each([
  ['ignition', 'userData', '{"ignition":{"version":"3.0.0"}}'],
  ['cloudinit', 'customData', '#cloud-config\nhostname: kola\n'],
] as const)('hands %s over as %s alone', async (channel, place, text) => {
  const { open, ofType } = await world();
  const { flight, spec } = await open();
  const userData = { channel, form: channel, text, redacted: '', ownDigest: 'sha256:' } as const;
  await flight.provision(spec({ userData }), never);
  const { userData: user, osProfile } = ofType(machineType)[0]?.body.properties ?? {};
  const given = Object.entries({ userData: user, customData: osProfile?.customData }).filter(
    ([, value]) => value !== undefined,
  );
  expect(given.map(([name]) => name)).toEqual([place]);
  // An Ignition config also gets the timer that powers the machine off when nobody does.
  expect(Buffer.from(String(given[0]?.[1]), 'base64').toString('utf8')).toContain(text.slice(0, 30));
});

it('has the custom data, the name and the key of a machine on its provisioning disc, which is UDF', async () => {
  const { guests, open } = await world();
  const { flight, spec } = await open();
  const text = '#cloud-config\nhostname: kola\n';
  const userData = {
    channel: 'cloudinit',
    form: 'cloud-config',
    text,
    redacted: '',
    ownDigest: 'sha256:',
  } as const;
  await flight.provision(spec({ userData, metadataKey: 'ssh-ed25519 AAAA kola' }), never);
  await flight.provision(spec({ metadataKey: 'ssh-ed25519 AAAA kola' }), never);
  const folder = scratch();
  const discs = guests.discs.map((disc, index) => {
    const file = join(folder, `${index}.udf`);
    writeFileSync(file, disc);
    const facts = execFileSync('/usr/sbin/blkid', ['-p', '-o', 'export', file], { encoding: 'utf8' });
    return { facts, has: (part: string) => Buffer.from(disc).includes(part) };
  });
  expect(discs).toHaveLength(2);
  for (const { facts, has } of discs) {
    expect(facts).toMatch(/^TYPE=udf$/m);
    expect(has('<Value>ssh-ed25519 AAAA kola</Value>')).toBe(true);
  }
  expect(discs.map(({ has }) => [has('CustomData.bin'), has(text)])).toEqual([
    [true, true],
    [false, false],
  ]);
});

it('makes a version in a gallery for arm64, and boots it on an arm64 size', async () => {
  const { open, ofType } = await world();
  const { flight, spec } = await open({}, arm64());
  await flight.provision(spec(), never);
  const [version] = ofType('Microsoft.Compute/galleries/images/versions');
  const { storageProfile, hardwareProfile } = ofType(machineType)[0]?.body.properties ?? {};
  expect(storageProfile?.imageReference?.id).toBe(version?.id);
  expect(hardwareProfile?.vmSize).toBe('Standard_D2pls_v6');
});

it('has trusted launch and NVMe where they were asked for', async () => {
  const { open, ofType } = await world();
  const { flight, spec } = await open({ azureTrustedLaunch: true, azureDiskController: 'nvme' });
  await flight.provision(spec(), never);
  expect(ofType(machineType)[0]?.body.properties).toMatchObject({
    securityProfile: { securityType: 'TrustedLaunch' },
    storageProfile: { diskControllerType: 'NVMe' },
  });
  expect(ofType('Microsoft.Compute/galleries')).toHaveLength(1);
});

it('uses the image that was named, and leaves it', async () => {
  const { open, ofType } = await world();
  await open();
  const [image] = ofType('Microsoft.Compute/images');
  const second = await open({ azureDiskUri: image?.id });
  await second.flight.provision(second.spec(), never);
  expect(ofType(machineType)[0]?.body.properties?.storageProfile?.imageReference?.id).toBe(image?.id);
  expect(ofType('Microsoft.Compute/disks')).toHaveLength(1);
  await second.flight.close(never);
  expect(ofType('Microsoft.Compute/images')).toEqual([image]);
});

it('says that the quota is used up before it creates anything', async () => {
  const { arm, open } = await world();
  arm.settings.usedCores = 100;
  await expect(open()).rejects.toMatchObject({
    ...{ kind: 'capacity', code: 'cloud-quota' },
    message: expect.stringContaining('has no room for a Standard_D2s_v6: 100 of 100 are in use'),
    hint: expect.stringContaining('have the quota cores raised'),
  });
  expect(arm.census()).toEqual([]);
});

it('looks at the quotas of all cores and of those of the family, and goes by the smaller', async () => {
  const { arm, open } = await world();
  const { flight, spec } = await open();
  expect(flight.machineLimit).toBe(30);
  await flight.provision(spec(), never);
  arm.settings.familyCores = 8;
  expect((await flight.preflight?.(never))?.notes[0]).toMatch(
    /^the quota standardDsv6Family of .* in westeurope has room for 3 machines: 2 of 8 /,
  );
  expect(flight.machineLimit).toBe(3);
  arm.settings.usedCores = 94;
  expect((await flight.preflight?.(never))?.notes[0]).toMatch(
    /^the quota cores of .* in westeurope has room for 2 machines: 96 of 100 /,
  );
});

it('refuses a machine that the size is too small for, as a lack of room', async () => {
  const { open } = await world();
  const { flight, spec } = await open();
  const large = spec({ size: { memoryMiB: 16_384, vcpus: 4 } });
  await expect(flight.provision(large, never)).rejects.toMatchObject({
    kind: 'capacity',
    code: 'azure-size',
  });
});

it.each([
  [{ azureSize: 'Standard_X1' }, /westeurope has no size Standard_X1/],
  [{ azureSize: 'Standard_D2pls_v6' }, /expected a size for x64, found Standard_D2pls_v6 for Arm64/],
])('refuses %j before anything exists', async (options, message) => {
  const { arm, open } = await world();
  await expect(open(options)).rejects.toThrow(message);
  expect(arm.census()).toEqual([]);
});

it('renews the lease of its group while it lives, and leaves the other tags', async () => {
  const { arm, tap, open } = await world();
  const { ledger } = await open();
  const [group] = arm.groups.values();
  const before = Number(group?.tags['kola-expires']);
  await vi.waitUntil(() => tap.calls.some(({ action }) => action === 'arm resourceGroups.update'), {
    timeout: 30_000,
  });
  await vi.waitUntil(() => Number(group?.tags['kola-expires']) > before, { timeout: 1000 });
  expect(Number(group?.tags['kola-expires']) - before).toBeGreaterThan(leaseLength / 1000 / 8);
  expect(group?.tags).toMatchObject({ 'managed-by': 'kola', 'kola-run': ledger.run });
});
