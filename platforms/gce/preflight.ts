import { faultOf } from '../../src/cloud/fault.ts';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { CapacityError, UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import type { MachineType, Region } from './api.ts';
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
  await compute(cloud, 'projects', 'get', {}, signal);
  const size = await examineTypes(cloud, plan, signal);
  const room = await roomFor(cloud, size.vcpus, signal);
  if (room !== undefined && room < 1)
    throw new CapacityError('cloud-quota', `the quota of processors of ${project} in ${region} is used up`, {
      hint: 'wait for other runs, or have the quota raised',
    });
  const [type = ''] = plan.types;
  const hourly = hourlyPrice('gce', type, plan.machines ?? 1);
  const many = plan.machines === undefined ? '' : `, up to ${plan.machines} at once`;
  return {
    size,
    room,
    report: {
      identity: `project ${project} in ${zones.join(', ')}`,
      creates: [
        ...(plan.image === undefined ? ['an image and a bucket for it, unless it was uploaded before'] : []),
        'three firewall rules',
        `${plan.types.join(' or ')} machines${many}, each with a disk`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      notes: [
        room === undefined
          ? 'the quota of processors is not known'
          : `the quota of ${region} has room for ${room} machines`,
        'permissions are not tried before they are needed',
      ],
    },
  };
};

const examineTypes = async (cloud: GceCloud, plan: Plan, signal: AbortSignal): Promise<MachineSize> => {
  const found: MachineType[] = [];
  for (const machineType of plan.types) found.push(await describeType(cloud, machineType, signal));
  const wanted = plan.arch === 'arm64' ? 'ARM64' : 'X86_64';
  // Not all types say it; those that say nothing are of the older architecture.
  for (const { name, architecture } of found)
    if ((architecture ?? 'X86_64') !== wanted)
      throw new UsageError('gce-machinetype', `expected a machine type for ${wanted}, found ${name}`, {
        hint: 'choose another with --gce-machinetype',
      });
  return {
    memoryMiB: Math.min(...found.map(({ memoryMb }) => memoryMb ?? 2048)),
    vcpus: Math.min(...found.map(({ guestCpus }) => guestCpus ?? 1)),
  };
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

const roomFor = async (cloud: GceCloud, vcpus: number, signal: AbortSignal): Promise<number | undefined> => {
  const region = await compute<Region>(cloud, 'regions', 'get', { region: cloud.region }, signal);
  const quota = region.quotas?.find(({ metric }) => metric === 'CPUS');
  if (quota?.limit === undefined || quota.limit === null) return undefined;
  return Math.floor((quota.limit - (quota.usage ?? 0)) / Math.max(1, vcpus));
};
