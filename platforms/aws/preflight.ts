import {
  type _InstanceType,
  CreateSecurityGroupCommand,
  DescribeInstanceTypesCommand,
  type InstanceTypeInfo,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { faultOf } from '../../src/cloud/fault.ts';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import type { AwsCloud } from './connect.ts';
import { examineQuota } from './quota.ts';
import { checkSchedules } from './schedule.ts';

export interface Plan {
  readonly types: readonly string[];
  readonly arch: Arch;
  readonly machines: number | undefined;
  /** An image that is there already. */
  readonly image: string | undefined;
}

export interface Examined {
  readonly report: PreflightReport;
  /** The least that the types have: every machine gets at least this. */
  readonly size: MachineSize;
  /** Machines that the quota of the region has room for. */
  readonly room: number | undefined;
}

/** Credentials, types, permission and quota, and what the run will cost. Nothing is created. */
export const examineAccount = async (cloud: AwsCloud, plan: Plan, signal: AbortSignal): Promise<Examined> => {
  const { sts, calls, region } = cloud;
  const { Account } = await calls.call('sts GetCallerIdentity', signal, own =>
    sts.send(new GetCallerIdentityCommand({}), { abortSignal: own }),
  );
  const types = await examineTypes(cloud, plan, signal);
  await mayCreate(cloud, signal);
  const scheduled = cloud.scheduleRole !== undefined;
  if (scheduled) await checkSchedules(cloud, signal);
  const [type = ''] = plan.types;
  const vcpus = vcpusOf(types.find(({ InstanceType }) => InstanceType === type));
  const { room, note } = await examineQuota(cloud, { name: type, vcpus }, signal);
  const hourly = hourlyPrice('aws', type, plan.machines ?? 1);
  const many = plan.machines === undefined ? '' : `, up to ${plan.machines} at once`;
  return {
    size: {
      memoryMiB: Math.min(...types.map(({ MemoryInfo }) => MemoryInfo?.SizeInMiB ?? 2048)),
      vcpus: Math.min(...types.map(vcpusOf)),
    },
    room,
    report: {
      identity: `account ${Account ?? 'unknown'} in ${region}`,
      creates: [
        ...(plan.image === undefined ? ['an image and its snapshot, unless it was uploaded before'] : []),
        'a security group',
        `${plan.types.join(' or ')} machines${many}, each with a key pair${scheduled ? ', a schedule' : ''} and a volume`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      ...(room === undefined ? {} : { room: { machines: room, why: note } }),
      notes: [note],
    },
  };
};

const vcpusOf = (type: InstanceTypeInfo | undefined): number => type?.VCpuInfo?.DefaultVCpus ?? 2;

const examineTypes = async (
  { ec2, calls, region }: AwsCloud,
  { types, arch }: Plan,
  signal: AbortSignal,
): Promise<readonly InstanceTypeInfo[]> => {
  const wanted = arch === 'arm64' ? 'arm64' : 'x86_64';
  try {
    const { InstanceTypes = [] } = await calls.call('ec2 DescribeInstanceTypes', signal, own =>
      // The list of the vendor is longer than the one the SDK was made with.
      ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: types as _InstanceType[] }), {
        abortSignal: own,
      }),
    );
    for (const { InstanceType: name, ProcessorInfo } of InstanceTypes)
      if (ProcessorInfo?.SupportedArchitectures?.includes(wanted) !== true)
        throw new UsageError('aws-type', `expected an instance type for ${wanted}, found ${name}`, {
          hint: 'choose another with --aws-type',
        });
    return InstanceTypes;
  } catch (error) {
    if (faultOf(error)?.code !== 'InvalidInstanceType') throw error;
    throw new UsageError('aws-type', `${region} has no instance type ${types.join(' or ')}`, {
      hint: 'choose another with --aws-type, or another region',
      cause: error,
    });
  }
};

/** A dry run of the first thing that would be created tells whether the credentials may create at all. */
const mayCreate = async ({ ec2, calls }: AwsCloud, signal: AbortSignal): Promise<void> => {
  const request = new CreateSecurityGroupCommand({
    DryRun: true,
    GroupName: 'kola-dry-run',
    Description: 'dry run',
  });
  try {
    await calls.call('ec2 CreateSecurityGroup', signal, own => ec2.send(request, { abortSignal: own }));
  } catch (error) {
    // This is how EC2 says that it would have done it.
    if (faultOf(error)?.code !== 'DryRunOperation') throw error;
  }
};
