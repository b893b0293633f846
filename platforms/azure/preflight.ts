import type { ResourceSku } from '@azure/arm-compute';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { CapacityError, UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import type { AzureCloud } from './connect.ts';
import { collect } from './group.ts';

export interface Plan {
  readonly sizes: readonly string[];
  readonly arch: Arch;
  readonly machines: number | undefined;
  /** An image that is there already. */
  readonly image: string | undefined;
}

export interface Examined {
  readonly report: PreflightReport;
  /** The least that the sizes have. */
  readonly size: MachineSize;
  /** Machines that the quota of the location has room for. */
  readonly room: number | undefined;
}

/** Credentials, sizes and quota, and what the run will cost. Nothing is created. */
export const examineSubscription = async (
  cloud: AzureCloud,
  plan: Plan,
  signal: AbortSignal,
): Promise<Examined> => {
  const { subscription, location } = cloud;
  const size = await examineSizes(cloud, plan, signal);
  const room = await roomFor(cloud, size.vcpus, signal);
  if (room !== undefined && room < 1)
    throw new CapacityError(
      'cloud-quota',
      `the quota of cores of ${subscription} in ${location} is used up`,
      {
        hint: 'wait for other runs, or have the quota raised',
      },
    );
  const [first = ''] = plan.sizes;
  const hourly = hourlyPrice('azure', first, plan.machines ?? 1);
  const many = plan.machines === undefined ? '' : `, up to ${plan.machines} at once`;
  return {
    size,
    room,
    report: {
      identity: `subscription ${subscription} in ${location}`,
      creates: [
        'a resource group with a network and a security group',
        ...(plan.image === undefined ? ['a disk and an image of it, unless it was uploaded before'] : []),
        `${plan.sizes.join(' or ')} machines${many}, each with a disk, a network card and an address`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      notes: [
        room === undefined
          ? 'the quota of cores is not known'
          : `the quota of ${location} has room for ${room} machines`,
        'permissions are not tried before they are needed',
      ],
    },
  };
};

const capability = (sku: ResourceSku, name: string): string | undefined =>
  sku.capabilities?.find(one => one.name === name)?.value;

const examineSizes = async (cloud: AzureCloud, plan: Plan, signal: AbortSignal): Promise<MachineSize> => {
  const { compute, calls, location } = cloud;
  const skus = await calls.call('compute resourceSkus.list', signal, own =>
    collect(compute.resourceSkus.list({ filter: `location eq '${location}'`, abortSignal: own })),
  );
  const wanted = plan.arch === 'arm64' ? 'Arm64' : 'x64';
  const found = plan.sizes.map(name => {
    const sku = skus.find(one => one.resourceType === 'virtualMachines' && one.name === name);
    if (sku === undefined)
      throw new UsageError('azure-size', `${location} has no size ${name}`, {
        hint: 'choose another with --azure-size, or another location',
      });
    const arch = capability(sku, 'CpuArchitectureType') ?? 'x64';
    if (arch !== wanted)
      throw new UsageError('azure-size', `expected a size for ${wanted}, found ${name} for ${arch}`, {
        hint: 'choose another with --azure-size',
      });
    return sku;
  });
  return {
    memoryMiB: Math.min(...found.map(sku => Number(capability(sku, 'MemoryGB') ?? 2) * 1024)),
    vcpus: Math.min(...found.map(sku => Number(capability(sku, 'vCPUs') ?? 1))),
  };
};

const roomFor = async (
  { compute, calls, location }: AzureCloud,
  vcpus: number,
  signal: AbortSignal,
): Promise<number | undefined> => {
  const usages = await calls.call('compute usage.list', signal, own =>
    collect(compute.usage.list(location, { abortSignal: own })),
  );
  const cores = usages.find(({ name }) => name?.value === 'cores');
  if (cores?.limit === undefined) return undefined;
  return Math.floor((cores.limit - (cores.currentValue ?? 0)) / Math.max(1, vcpus));
};
