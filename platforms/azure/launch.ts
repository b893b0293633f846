import type { ImageReference, VirtualMachine } from '@azure/arm-compute';
import type { Launched } from '../../src/cloud/driver.ts';
import { firstWithRoom, isFull } from '../../src/cloud/first-with-room.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { Tags } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineSpec } from '../../src/core/platform.ts';
import { throwAwayKey } from './admin-key.ts';
import type { AzureCloud } from './connect.ts';
import { deleteMachine, describeMachine, machineId } from './machines.ts';
import { addressesOf } from './network.ts';
import type { AzureOptions } from './options.ts';

/** What all machines of a flight share. */
export interface Site {
  readonly group: string;
  readonly image: ImageReference;
  /** GiB of the disk as the image has it; undefined = nobody knows, and the image decides. */
  readonly imageGib: number | undefined;
  readonly subnet: string;
  readonly securityGroup: string;
  readonly sizes: readonly string[];
  readonly marketplace: boolean;
}

const mibPerGib = 1024;

interface Wanted {
  readonly name: string;
  readonly tags: Tags;
  readonly spec: MachineSpec;
  readonly userData: string;
}

export const launch = async (
  cloud: AzureCloud,
  options: AzureOptions,
  site: Site,
  spec: MachineSpec,
  userData: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Launched> => {
  const id = await owner.create('machine', spec.id, async ({ name, tags }) => {
    const wanted = { name, tags, spec, userData };
    await createSomewhere(cloud, options, site, wanted, signal);
    const made = machineId(site.group, name);
    return { id: made, value: made };
  });
  return awaitAddresses(cloud, id, signal);
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const machineRequest = (
  { location }: AzureCloud,
  options: AzureOptions,
  site: Site,
  wanted: Wanted,
  size: string,
): VirtualMachine => {
  const { spec, tags, userData } = wanted;
  // Ignition reads user data; what cloud-init is for reads custom data.
  const cloudInit = spec.userData.channel === 'cloudinit';
  const filled = userData !== '';
  return {
    location,
    tags: { ...tags },
    ...(options.azureVmIdentity === undefined
      ? {}
      : { identity: { type: 'UserAssigned', userAssignedIdentities: { [options.azureVmIdentity]: {} } } }),
    ...(site.marketplace ? { plan: planOf(site.image) } : {}),
    hardwareProfile: { vmSize: size },
    storageProfile: storageOf(options, site, spec),
    osProfile: {
      computerName: wanted.name.slice(0, 63),
      adminUsername: 'core',
      linuxConfiguration: {
        disablePasswordAuthentication: true,
        ssh: {
          publicKeys: [
            { path: '/home/core/.ssh/authorized_keys', keyData: spec.metadataKey ?? throwAwayKey() },
          ],
        },
      },
      ...(cloudInit && filled ? { customData: base64(userData) } : {}),
    },
    ...(!cloudInit && filled ? { userData: base64(userData) } : {}),
    networkProfile: networkOf(site, tags),
    diagnosticsProfile: { bootDiagnostics: { enabled: true } },
    ...(options.azureTrustedLaunch === true
      ? {
          securityProfile: {
            securityType: 'TrustedLaunch',
            uefiSettings: { vTpmEnabled: true, secureBootEnabled: false },
          },
        }
      : {}),
  };
};

const planOf = ({
  publisher,
  offer,
  sku,
}: ImageReference): { publisher: string; product: string; name: string } => ({
  publisher: publisher ?? '',
  product: offer ?? '',
  name: sku ?? '',
});

/** The primary disk gets more than the image has; additional ones are empty. All go with the machine. */
const storageOf = (
  options: AzureOptions,
  site: Site,
  spec: MachineSpec,
): NonNullable<VirtualMachine['storageProfile']> => {
  const gibOf = (mib: number): number => Math.ceil(mib / mibPerGib);
  const larger =
    spec.primaryDiskExtraMiB > 0
      ? { diskSizeGB: (site.imageGib ?? 30) + gibOf(spec.primaryDiskExtraMiB) }
      : {};
  const controller = options.azureDiskController;
  return {
    imageReference: site.image,
    osDisk: {
      createOption: 'FromImage',
      deleteOption: 'Delete',
      managedDisk: { storageAccountType: 'Premium_LRS' },
      ...larger,
    },
    dataDisks: spec.disks.map(({ sizeMiB }, lun) => ({
      lun,
      createOption: 'Empty',
      deleteOption: 'Delete',
      diskSizeGB: Math.max(1, gibOf(sizeMiB)),
      managedDisk: { storageAccountType: 'Premium_LRS' },
    })),
    ...(controller === undefined || controller === 'default'
      ? {}
      : { diskControllerType: controller === 'nvme' ? 'NVMe' : 'SCSI' }),
  };
};

/** Card and address are made with the machine and deleted with it. */
const networkOf = (site: Site, tags: Tags): NonNullable<VirtualMachine['networkProfile']> => ({
  networkApiVersion: '2022-11-01',
  networkInterfaceConfigurations: [
    {
      name: 'card',
      primary: true,
      deleteOption: 'Delete',
      tags: { ...tags },
      networkSecurityGroup: { id: site.securityGroup },
      ipConfigurations: [
        {
          name: 'address',
          subnet: { id: site.subnet },
          publicIPAddressConfiguration: {
            name: 'address',
            deleteOption: 'Delete',
            sku: { name: 'Standard' },
            publicIPAllocationMethod: 'Static',
            tags: { ...tags },
          },
        },
      ],
    },
  ],
});

/** The SDK takes a web page with status 200 for a success. */
const notAnAnswer = (): Error =>
  Object.assign(new Error('expected a machine in the answer, found none'), { statusCode: 200 });

/** Tries every size until one has room. */
const createSomewhere = async (
  cloud: AzureCloud,
  options: AzureOptions,
  site: Site,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<void> => {
  const { compute, calls, log, lookEvery } = cloud;
  const choices = { places: site.sizes, name: (size: string) => size, noun: 'size', log };
  await firstWithRoom(choices, async size => {
    const request = machineRequest(cloud, options, site, wanted, size);
    try {
      await calls.call(
        'compute virtualMachines.createOrUpdate',
        signal,
        async abortSignal => {
          const made = await compute.virtualMachines.createOrUpdate(site.group, wanted.name, request, {
            abortSignal,
            updateIntervalInMs: lookEvery,
          });
          if (made?.id === undefined) throw notAnAnswer();
        },
        { creates: true },
      );
    } catch (error) {
      // What failed to be allocated stays as a machine that is of no use.
      if (isFull(error)) await deleteMachine(cloud, machineId(site.group, wanted.name), signal);
      throw error;
    }
  });
};

/** `stopped`, `deallocated` …; undefined while it runs or is on its way. */
export const whyOver = (machine: VirtualMachine): string | undefined => {
  const { provisioningState, instanceView } = machine;
  if (provisioningState === 'Failed' || provisioningState === 'Deleting')
    return provisioningState.toLowerCase();
  const power = instanceView?.statuses?.find(({ code }) => code?.startsWith('PowerState/') === true);
  const state = power?.code?.replace('PowerState/', '');
  return state === undefined || ['running', 'starting'].includes(state) ? undefined : state;
};

const awaitAddresses = (cloud: AzureCloud, id: string, signal: AbortSignal): Promise<Launched> =>
  cloud.calls.eventually(
    `machine ${id} to have addresses`,
    { every: 3000, until: 600_000 },
    signal,
    async () => {
      const machine = await describeMachine(cloud, id, signal);
      if (machine === undefined) return { pending: 'not listed' };
      const over = whyOver(machine);
      if (over !== undefined) throw new ProvisioningError('azure-machine', `machine ${id} is ${over}`);
      const card = machine.networkProfile?.networkInterfaces?.[0]?.id;
      const addresses = card === undefined ? undefined : await addressesOf(cloud, card, signal);
      return addresses === undefined
        ? { pending: String(machine.provisioningState) }
        : { done: { platformId: id, ...addresses } };
    },
  );
