import { DescribeInstancesCommand, DescribeInstanceTypesCommand, type Instance } from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import { faultOf } from '../../src/cloud/fault.ts';
import { describeRoom, roomIn } from '../../src/cloud/quota.ts';
import type { AwsCloud } from './connect.ts';
import { type VcpuQuota, vcpuQuotaOf } from './vcpu-quotas.ts';

/** The type that every machine tries first: its quota decides, as a quota that is used up is no reason to try others. */
export interface FirstType {
  readonly name: string;
  readonly vcpus: number;
}

export interface QuotaFacts {
  /** Machines that the quota has room for; undefined = it is not known. */
  readonly room: number | undefined;
  /** The same for people. */
  readonly note: string;
}

/**
 * Milliseconds that Service Quotas may take for its answer. It is another host than EC2's: where a network leads to EC2
 * alone, its packets may go nowhere.
 */
const patience = 30_000;

/** Instances on a page (the vendor's limit), and values of a filter (its limit is 200). */
const pageSize = 1000;
const typesAtOnce = 100;

/** Throws when not even one machine has room. What may not be asked for is no error: permissions for it are optional. */
export const examineQuota = async (
  cloud: AwsCloud,
  first: FirstType,
  signal: AbortSignal,
): Promise<QuotaFacts> => {
  const quota = vcpuQuotaOf(first.name);
  if (quota === undefined) return unknownBecause(`there is none for ${first.name} in kola's table`);
  const limit = await askForLimit(cloud, quota, signal);
  if (typeof limit !== 'number') return unknownBecause(limit.unknown);
  const used = await vcpusInUse(cloud, quota, signal);
  const name = `${quota.code} (vCPUs of running On-Demand ${quota.name} instances)`;
  const state = { name, limit, used, each: first.vcpus };
  const place = { where: cloud.region, type: first.name, flags: '--aws-type or --aws-region' };
  return { room: roomIn(state), note: describeRoom(state, place) };
};

const unknownBecause = (reason: string): QuotaFacts => ({
  room: undefined,
  note: `the quota is not known, a machine over it fails with the cause capacity: ${reason}`,
});

/** vCPUs, or why they are not known. */
const askForLimit = async (
  { quotas, calls }: AwsCloud,
  { code }: VcpuQuota,
  signal: AbortSignal,
): Promise<number | { readonly unknown: string }> => {
  const patient = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const request = new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: code });
  try {
    const { Quota } = await calls.call('servicequotas GetServiceQuota', patient, own =>
      quotas.send(request, { abortSignal: own }),
    );
    return Quota?.Value ?? { unknown: `Service Quotas tells no value of ${code}` };
  } catch (error) {
    signal.throwIfAborted();
    if (patient.aborted) return { unknown: `Service Quotas did not answer within ${patience / 1000} s` };
    // STS and EC2 have answered: whatever is wrong here is wrong with this service alone, and the run can do without it.
    const fault = faultOf(error);
    if (fault === undefined || !(error instanceof Error)) throw error;
    const hint =
      fault.kind === 'permission' ? ' (allow servicequotas:GetServiceQuota to have it looked at)' : '';
    return { unknown: `${error.message}${hint}` };
  }
};

/** By what is running now: Service Quotas knows limits, but not how much of them is used. */
const vcpusInUse = async (cloud: AwsCloud, quota: VcpuQuota, signal: AbortSignal): Promise<number> => {
  const types = countedTypes(await listRunning(cloud, signal), quota);
  const vcpus = await listVcpus(cloud, [...new Set(types)], signal);
  return types.reduce((sum, type) => sum + (vcpus.get(type) ?? 0), 0);
};

/** The type of each instance that a quota counts. Spot instances have quotas of their own, Dedicated Hosts count as hosts. */
export const countedTypes = (instances: readonly Instance[], quota: VcpuQuota): readonly string[] =>
  instances
    .filter(({ InstanceLifecycle }) => (InstanceLifecycle ?? '') === '')
    .filter(({ Placement }) => Placement?.Tenancy !== 'host')
    .flatMap(({ InstanceType }) => InstanceType ?? [])
    .filter(type => vcpuQuotaOf(type)?.code === quota.code);

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** An empty token is none. */
const allPages = async <T>(
  ask: (token: { NextToken?: string }) => Promise<Page<T>>,
): Promise<readonly T[]> => {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await ask(token === undefined ? {} : { NextToken: token });
    all.push(...items);
    token = next === '' ? undefined : next;
  } while (token !== undefined);
  return all;
};

const listRunning = ({ ec2, calls }: AwsCloud, signal: AbortSignal): Promise<readonly Instance[]> =>
  allPages(async token => {
    const request = new DescribeInstancesCommand({
      Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }],
      MaxResults: pageSize,
      ...token,
    });
    const { Reservations = [], NextToken } = await calls.call('ec2 DescribeInstances', signal, own =>
      ec2.send(request, { abortSignal: own }),
    );
    return { items: Reservations.flatMap(({ Instances = [] }) => Instances), next: NextToken };
  });

/** A filter, since asking by name is refused when the region has one of the types no more. */
const listVcpus = async (
  { ec2, calls }: AwsCloud,
  types: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> => {
  const vcpus = new Map<string, number>();
  for (let start = 0; start < types.length; start += typesAtOnce) {
    const Filters = [{ Name: 'instance-type', Values: types.slice(start, start + typesAtOnce) }];
    const found = await allPages(async token => {
      const request = new DescribeInstanceTypesCommand({ Filters, ...token });
      const { InstanceTypes = [], NextToken } = await calls.call('ec2 DescribeInstanceTypes', signal, own =>
        ec2.send(request, { abortSignal: own }),
      );
      return { items: InstanceTypes, next: NextToken };
    });
    for (const { InstanceType, VCpuInfo } of found)
      if (InstanceType !== undefined) vcpus.set(InstanceType, VCpuInfo?.DefaultVCpus ?? 0);
  }
  return vcpus;
};
