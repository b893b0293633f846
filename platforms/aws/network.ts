import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { faultOf } from '../../src/cloud/fault.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { AwsCloud } from './connect.ts';
import { ec2Tags, needed } from './ec2-tags.ts';
import type { AwsOptions } from './options.ts';

/** Where machines go: subnets of one network, tried in turn. */
export interface Place {
  readonly vpc: string;
  readonly subnets: readonly string[];
}

/** The subnets that were named, or those of the default network, in order of their zones. */
export const findPlace = async (
  { ec2, calls, region }: AwsCloud,
  options: AwsOptions,
  signal: AbortSignal,
): Promise<Place> => {
  const asked = options.awsSubnets;
  const vpc = asked === undefined ? await defaultVpc({ ec2, calls, region }, signal) : undefined;
  const { Subnets = [] } = await calls.call('ec2 DescribeSubnets', signal, own =>
    ec2.send(
      new DescribeSubnetsCommand(
        asked === undefined
          ? { Filters: [{ Name: 'vpc-id', Values: [vpc ?? ''] }] }
          : { SubnetIds: [...asked] },
      ),
      { abortSignal: own },
    ),
  );
  const found = Subnets.toSorted((a, b) =>
    (a.AvailabilityZone ?? '').localeCompare(b.AvailabilityZone ?? ''),
  );
  const [first] = found;
  if (first?.VpcId === undefined)
    throw new UsageError('aws-subnets', `there is no subnet in the default VPC of ${region}`, {
      hint: 'name subnets with --aws-subnets',
    });
  if (found.some(({ VpcId }) => VpcId !== first.VpcId))
    throw new UsageError('aws-subnets', 'expected subnets of one VPC, found several VPCs');
  const ids = found.flatMap(({ SubnetId }) => (SubnetId === undefined ? [] : [SubnetId]));
  // The order of the command line is an order of preference.
  return { vpc: first.VpcId, subnets: asked ?? ids };
};

const defaultVpc = async (
  { ec2, calls, region }: Pick<AwsCloud, 'ec2' | 'calls' | 'region'>,
  signal: AbortSignal,
): Promise<string> => {
  const { Vpcs = [] } = await calls.call('ec2 DescribeVpcs', signal, own =>
    ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }), {
      abortSignal: own,
    }),
  );
  const id = Vpcs[0]?.VpcId;
  if (id !== undefined) return id;
  throw new UsageError('aws-vpc', `the account has no default VPC in ${region}`, {
    hint: 'name subnets with --aws-subnets',
  });
};

/** The id of a group that exists, by id or name. */
export const findGroup = async (
  { ec2, calls }: AwsCloud,
  wish: string,
  vpc: string,
  signal: AbortSignal,
): Promise<string> => {
  const named = wish.startsWith('sg-') ? 'group-id' : 'group-name';
  const id = await groupBy({ ec2, calls }, named, wish, vpc, signal);
  if (id === undefined)
    throw new UsageError('aws-sg', `there is no security group ${wish} in ${vpc}`, {
      hint: 'leave --aws-sg out to have one made for the run',
    });
  return id;
};

const groupBy = async (
  { ec2, calls }: Pick<AwsCloud, 'ec2' | 'calls'>,
  filter: string,
  value: string,
  vpc: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { SecurityGroups = [] } = await calls.call('ec2 DescribeSecurityGroups', signal, own =>
    ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: filter, Values: [value] },
          { Name: 'vpc-id', Values: [vpc] },
        ],
      }),
      { abortSignal: own },
    ),
  );
  return SecurityGroups[0]?.GroupId;
};

/** A group for the run: SSH from the runner only, and everything between its own machines. */
export const createGroup = async (
  cloud: AwsCloud,
  vpc: string,
  runner: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> => {
  const { ec2, calls } = cloud;
  const id = await owner.create('security-group', 'group', async ({ name, tags }) => {
    const request = new CreateSecurityGroupCommand({
      GroupName: name,
      Description: 'machines of a kola run',
      VpcId: vpc,
      TagSpecifications: [{ ResourceType: 'security-group', Tags: ec2Tags(tags) }],
    });
    try {
      const { GroupId } = await calls.call(
        'ec2 CreateSecurityGroup',
        signal,
        own => ec2.send(request, { abortSignal: own }),
        { creates: true },
      );
      const made = needed(GroupId, 'a security group');
      return { id: made, value: made };
    } catch (error) {
      // The answer to a first try was lost: the name is ours and taken.
      if (faultOf(error)?.kind !== 'exists') throw error;
      const made = needed(await groupBy(cloud, 'group-name', name, vpc, signal), 'a security group');
      return { id: made, value: made };
    }
  });
  await openGroup(cloud, id, runner, signal);
  return id;
};

const openGroup = async (
  { ec2, calls }: AwsCloud,
  group: string,
  runner: string,
  signal: AbortSignal,
): Promise<void> => {
  const request = new AuthorizeSecurityGroupIngressCommand({
    GroupId: group,
    IpPermissions: [
      {
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        IpRanges: [{ CidrIp: runner, Description: 'the runner' }],
      },
      { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] },
    ],
  });
  try {
    // A new group may not be known everywhere at once.
    await calls.call(
      'ec2 AuthorizeSecurityGroupIngress',
      signal,
      own => ec2.send(request, { abortSignal: own }),
      { retry: ['not-found'] },
    );
  } catch (error) {
    if (faultOf(error)?.kind !== 'exists') throw error;
  }
};
