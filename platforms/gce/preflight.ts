import { faultOf } from '../../src/cloud/fault.ts';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import { describeRoom, leastOf, type Quota, roomIn } from '../../src/cloud/quota.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import type { Limited, MachineType } from './api.ts';
import type { GceCloud } from './connect.ts';
import { compute } from './requests.ts';

export interface Plan {
  readonly types: readonly string[];
  readonly arch: Arch;
  readonly machines: number | undefined;
  /** An image that is there already. */
  readonly image: string | undefined;
}

export interface Examined {
  readonly report: PreflightReport;
  /** The least that the types have. */
  readonly size: MachineSize;
  /** Machines that the quota of the region has room for. */
  readonly room: number | undefined;
}

/** Credentials, types and quota, and what the run will cost. Nothing is created. */
export const examineProject = async (cloud: GceCloud, plan: Plan, signal: AbortSignal): Promise<Examined> => {
  const { project, region, zones } = cloud;
  const everywhere = await compute<Limited>(cloud, 'projects', 'get', {}, signal);
  const types = await examineTypes(cloud, plan, signal);
  const [first = ''] = plan.types;
  const here = await compute<Limited>(cloud, 'regions', 'get', { region }, signal);
  const quota = leastQuota(everywhere, here, first, types[0]?.guestCpus ?? 1);
  const flags = '--gce-machinetype or region (--gce-zone)';
  const place = { where: `${project} in ${region}`, type: first, flags };
  const told = quota === undefined ? 'the quotas are not known' : describeRoom(quota, place);
  const room = quota === undefined ? undefined : roomIn(quota);
  const hourly = hourlyPrice('gce', first, plan.machines ?? 1);
  const many = plan.machines === undefined ? '' : `, up to ${plan.machines} at once`;
  return {
    size: {
      memoryMiB: Math.min(...types.map(({ memoryMb }) => memoryMb ?? 2048)),
      vcpus: Math.min(...types.map(({ guestCpus }) => guestCpus ?? 1)),
    },
    room,
    report: {
      identity: `project ${project} in ${zones.join(', ')}`,
      creates: [
        ...(plan.image === undefined ? ['an image and a bucket for it, unless it was uploaded before'] : []),
        'three firewall rules',
        `${plan.types.join(' or ')} machines${many}, each with a disk`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      ...(room === undefined ? {} : { room: { machines: room, why: told } }),
      notes: [told, 'permissions are not tried before they are needed'],
    },
  };
};

/** In the order of the plan. */
const examineTypes = async (
  cloud: GceCloud,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly MachineType[]> => {
  const found: MachineType[] = [];
  for (const machineType of plan.types) found.push(await describeType(cloud, machineType, signal));
  const wanted = plan.arch === 'arm64' ? 'ARM64' : 'X86_64';
  // Not all types say it; those that say nothing are of the older architecture.
  for (const { name, architecture } of found)
    if ((architecture ?? 'X86_64') !== wanted)
      throw new UsageError('gce-machinetype', `expected a machine type for ${wanted}, found ${name}`, {
        hint: 'choose another with --gce-machinetype',
      });
  return found;
};

/** As the first zone that has it describes it. */
const describeType = async (
  cloud: GceCloud,
  machineType: string,
  signal: AbortSignal,
): Promise<MachineType> => {
  let last: unknown;
  for (const zone of cloud.zones)
    try {
      return await compute<MachineType>(cloud, 'machineTypes', 'get', { zone, machineType }, signal);
    } catch (error) {
      if (faultOf(error)?.kind !== 'not-found') throw error;
      last = error;
    }
  throw new UsageError(
    'gce-machinetype',
    `${cloud.zones.join(', ')} of ${cloud.project} has no machine type ${machineType}`,
    { hint: 'choose another with --gce-machinetype, or another zone', cause: last },
  );
};

/** Series whose processors `CPUS` counts; every other one has a quota of its own: `T2A_CPUS`. */
const sharedSeries: readonly string[] = ['custom', 'e2', 'f1', 'g1', 'n1'];

/** The quota that counts the processors of a machine type. */
export const processorsOf = (type: string): string => {
  const [series = ''] = type.split('-');
  return sharedSeries.includes(series) ? 'CPUS' : `${series.toUpperCase()}_CPUS`;
};

/** Those of a place's quotas that machines take from; `needs` says how much of each. */
const quotasOf = ({ quotas }: Limited, needs: ReadonlyMap<string, number>): readonly Quota[] =>
  (quotas ?? []).flatMap(({ metric, limit, usage }) => {
    const each = needs.get(metric ?? '');
    if (each === undefined || typeof metric !== 'string' || typeof limit !== 'number') return [];
    return [{ name: metric, limit, used: usage ?? 0, each }];
  });

/**
 * The quota that ends first, counted by the type that every machine tries first. Regions do not tell the processors of
 * the newest series; a project has addresses, too, but not those of machines.
 */
const leastQuota = (project: Limited, region: Limited, type: string, vcpus: number): Quota | undefined => {
  const ofRegion = new Map([
    [processorsOf(type), vcpus],
    ['INSTANCES', 1],
    ['IN_USE_ADDRESSES', 1],
  ]);
  const ofProject = new Map([['CPUS_ALL_REGIONS', vcpus]]);
  return leastOf([...quotasOf(region, ofRegion), ...quotasOf(project, ofProject)]);
};
