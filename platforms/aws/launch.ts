import {
  type _InstanceType,
  type BlockDeviceMapping,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import type { Launched } from '../../src/cloud/driver.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import { firstWithRoom } from '../../src/cloud/first-with-room.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { Tags } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineSpec } from '../../src/core/platform.ts';
import type { AwsCloud } from './connect.ts';
import { ec2Tags, needed } from './ec2-tags.ts';
import { describeInstance, isOver, stateOf } from './instances.ts';
import type { AwsOptions } from './options.ts';
import { scheduleEnd } from './schedule.ts';

/** What all machines of a flight share. */
export interface Site {
  readonly image: string;
  readonly rootDevice: string;
  /** GiB of the root volume as the image has it. */
  readonly rootGib: number;
  readonly group: string;
  readonly subnets: readonly string[];
  readonly types: readonly string[];
}

const mibPerGib = 1024;

export const launch = async (
  cloud: AwsCloud,
  options: AwsOptions,
  site: Site,
  spec: MachineSpec,
  userData: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Launched> => {
  const key = spec.metadataKey === undefined ? undefined : await importKey(cloud, spec, owner, signal);
  const id = await owner.create('instance', spec.id, async ({ name, tags }) => {
    const request = instanceRequest(options, site, spec, userData, tags, key);
    const made = await runSomewhere(cloud, site, request, name, signal);
    return { id: made, value: made };
  });
  const { awsScheduleRole } = options;
  if (awsScheduleRole !== undefined)
    await scheduleEnd(cloud, awsScheduleRole, `end-${spec.id}`, id, owner, signal);
  return awaitRunning(cloud, id, signal);
};

/** The key that the platform's metadata hands to the machine. */
const importKey = (cloud: AwsCloud, spec: MachineSpec, owner: Owner, signal: AbortSignal): Promise<string> =>
  owner.create('key-pair', `key-${spec.id}`, async ({ name, tags }) => {
    const request = new ImportKeyPairCommand({
      KeyName: name,
      PublicKeyMaterial: Buffer.from(spec.metadataKey ?? ''),
      TagSpecifications: [{ ResourceType: 'key-pair', Tags: ec2Tags(tags) }],
    });
    try {
      const { KeyPairId } = await cloud.calls.call(
        'ec2 ImportKeyPair',
        signal,
        own => cloud.ec2.send(request, { abortSignal: own }),
        { creates: true },
      );
      return { id: needed(KeyPairId, 'a key pair'), value: name };
    } catch (error) {
      // The answer to a first try was lost: the name is ours and taken.
      if (faultOf(error)?.kind !== 'exists') throw error;
      const { KeyPairs = [] } = await cloud.calls.call('ec2 DescribeKeyPairs', signal, own =>
        cloud.ec2.send(new DescribeKeyPairsCommand({ KeyNames: [name] }), { abortSignal: own }),
      );
      return { id: needed(KeyPairs[0]?.KeyPairId, 'a key pair'), value: name };
    }
  });

const instanceRequest = (
  options: AwsOptions,
  site: Site,
  spec: MachineSpec,
  userData: string,
  tags: Tags,
  key: string | undefined,
): RunInstancesCommandInput => ({
  ImageId: site.image,
  MinCount: 1,
  MaxCount: 1,
  InstanceInitiatedShutdownBehavior: 'terminate',
  ...(userData === '' ? {} : { UserData: Buffer.from(userData).toString('base64') }),
  ...(key === undefined ? {} : { KeyName: key }),
  ...(options.awsIamProfile === undefined ? {} : { IamInstanceProfile: { Name: options.awsIamProfile } }),
  ...disksOf(site, spec),
  TagSpecifications: [
    { ResourceType: 'instance', Tags: [...ec2Tags(tags), { Key: 'Name', Value: `${spec.role} ${spec.id}` }] },
    { ResourceType: 'volume', Tags: ec2Tags(tags) },
    { ResourceType: 'network-interface', Tags: ec2Tags(tags) },
  ],
});

/** The primary disk gets more than the image has; additional ones are empty. All go with the machine. */
const disksOf = (site: Site, spec: MachineSpec): { BlockDeviceMappings?: BlockDeviceMapping[] } => {
  const size = site.rootGib + Math.ceil(spec.primaryDiskExtraMiB / mibPerGib);
  const root = { DeviceName: site.rootDevice, Ebs: { VolumeSize: size, DeleteOnTermination: true } };
  const more = spec.disks.map(({ sizeMiB }, index) => ({
    DeviceName: `/dev/sd${'fghijklmnop'[index] ?? 'p'}`,
    Ebs: {
      VolumeSize: Math.max(1, Math.ceil(sizeMiB / mibPerGib)),
      VolumeType: 'gp3' as const,
      DeleteOnTermination: true,
    },
  }));
  const mappings = [...(spec.primaryDiskExtraMiB > 0 ? [root] : []), ...more];
  return mappings.length === 0 ? {} : { BlockDeviceMappings: mappings };
};

/** Tries every type in every subnet until one has room. Each try has a token of its own: its parameters differ. */
const runSomewhere = async (
  { ec2, calls, log }: AwsCloud,
  { types, subnets, group }: Site,
  request: RunInstancesCommandInput,
  token: string,
  signal: AbortSignal,
): Promise<string> => {
  const places = types.flatMap(type => subnets.map(subnet => ({ type, subnet })));
  const name = ({ type, subnet }: (typeof places)[number]): string => `${type} in ${subnet}`;
  return firstWithRoom({ places, name, noun: 'place', log }, async ({ type, subnet }, index) => {
    const command = new RunInstancesCommand({
      ...request,
      // The list of the vendor is longer than the one the SDK was made with.
      InstanceType: type as _InstanceType,
      ClientToken: `${token}-${index}`,
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: subnet, Groups: [group], AssociatePublicIpAddress: true },
      ],
    });
    const { Instances = [] } = await calls.call(
      'ec2 RunInstances',
      signal,
      own => ec2.send(command, { abortSignal: own }),
      // A new group or image may not be known everywhere at once.
      { retry: ['not-found'], creates: true },
    );
    return needed(Instances[0]?.InstanceId, 'an instance');
  });
};

const awaitRunning = (cloud: AwsCloud, id: string, signal: AbortSignal): Promise<Launched> =>
  cloud.calls.eventually(`instance ${id} to run`, { every: 3000, until: 600_000 }, signal, async () => {
    const instance = await describeInstance(cloud, id, signal);
    if (instance === undefined) return { pending: 'not listed' };
    const state = stateOf(instance);
    if (isOver(state) || state === 'stopped')
      throw new ProvisioningError('aws-instance', `instance ${id} is ${whyOver(instance)}`);
    const { PublicIpAddress, PrivateIpAddress } = instance;
    if (state !== 'running' || PublicIpAddress === undefined || PrivateIpAddress === undefined)
      return { pending: state };
    return { done: { platformId: id, publicAddress: PublicIpAddress, privateAddress: PrivateIpAddress } };
  });

/** `terminated: Client.InstanceInitiatedShutdown`. */
export const whyOver = (instance: Instance): string =>
  [stateOf(instance), instance.StateReason?.Message ?? instance.StateReason?.Code]
    .filter(part => part !== undefined)
    .join(': ');
