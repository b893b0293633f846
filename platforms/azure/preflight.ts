import type { ResourceSku } from '@azure/arm-compute';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import { describeRoom, leastOf, type Quota, roomIn } from '../../src/cloud/quota.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
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
  const skus = await examineSizes(cloud, plan, signal);
  const [first = ''] = plan.sizes;
  const quota = await leastQuota(cloud, skus[0], signal);
  const flags = '--azure-size or --azure-location';
  const place = { where: `${subscription} in ${location}`, type: first, flags };
  const told = quota === undefined ? 'the quotas of cores are not known' : describeRoom(quota, place);
  const room = quota === undefined ? undefined : roomIn(quota);
  const hourly = hourlyPrice('azure', first, plan.machines ?? 1);
  const many = plan.machines === undefined ? '' : `, up to ${plan.machines} at once`;
  return {
    size: {
      memoryMiB: Math.min(...skus.map(memoryOf)),
      vcpus: Math.min(...skus.map(vcpusOf)),
    },
    room,
    report: {
      identity: `subscription ${subscription} in ${location}`,
      creates: [
        'a resource group with a network and a security group',
        ...(plan.image === undefined ? ['a disk and an image of it, unless it was uploaded before'] : []),
        `${plan.sizes.join(' or ')} machines${many}, each with a disk, a network card and an address`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      ...(room === undefined ? {} : { room: { machines: room, why: told } }),
      notes: [told, 'permissions are not tried before they are needed'],
    },
  };
};

const capability = (sku: ResourceSku, name: string): string | undefined =>
  sku.capabilities?.find(one => one.name === name)?.value;

const memoryOf = (sku: ResourceSku): number => Number(capability(sku, 'MemoryGB') ?? 2) * 1024;
const vcpusOf = (sku: ResourceSku): number => Number(capability(sku, 'vCPUs') ?? 1);

/** In the order of the plan. */
const examineSizes = async (
  cloud: AzureCloud,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly ResourceSku[]> => {
  const { compute, calls, location } = cloud;
  const skus = await calls.call('compute resourceSkus.list', signal, own =>
    collect(compute.resourceSkus.list({ filter: `location eq '${location}'`, abortSignal: own })),
  );
  const wanted = plan.arch === 'arm64' ? 'Arm64' : 'x64';
  return plan.sizes.map(name => {
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
};

/**
 * The smaller one of two quotas: all cores of the location, and those of the family of the size that every machine tries
 * first. That sizes and quotas write families with the same capitals is promised nowhere.
 */
const leastQuota = async (
  { compute, calls, location }: AzureCloud,
  sku: ResourceSku | undefined,
  signal: AbortSignal,
): Promise<Quota | undefined> => {
  const usages = await calls.call('compute usage.list', signal, own =>
    collect(compute.usage.list(location, { abortSignal: own })),
  );
  const wanted = ['cores', sku?.family?.toLowerCase()];
  const each = sku === undefined ? 1 : vcpusOf(sku);
  const found = usages.flatMap(({ name, limit, currentValue: used = 0 }): readonly Quota[] => {
    const quota = name?.value;
    if (quota === undefined || limit === undefined || !wanted.includes(quota.toLowerCase())) return [];
    return [{ name: quota, limit, used, each }];
  });
  return leastOf(found);
};
