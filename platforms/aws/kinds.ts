import {
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Filter,
  type Tag,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { deleteFully, unsureAbout } from '../../src/cloud/delete-fully.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, managedBy, tagKeys } from '../../src/cloud/tags.ts';
import { bucketObject } from './bucket.ts';
import type { AwsCloud } from './connect.ts';
import { tagsOf } from './ec2-tags.ts';
import { importTask } from './import.ts';
import { isOver, stateOf } from './instances.ts';
import { schedule } from './schedule.ts';

type Kind = ResourceKind<AwsCloud>;

interface Listed {
  readonly id: string | undefined;
  readonly tags: readonly Tag[] | undefined;
}

interface Page {
  readonly items: readonly Listed[];
  readonly next?: string | undefined;
}

interface Query {
  readonly Filters: Filter[];
  readonly MaxResults: number;
  readonly NextToken?: string;
}

interface Options {
  readonly abortSignal: AbortSignal;
}

interface KindSpec {
  readonly kind: string;
  /** Name of the describing call, and the call. */
  readonly describe: string;
  readonly page: (ec2: EC2Client, query: Query, options: Options) => Promise<Page>;
  readonly delete: string;
  readonly remove: (ec2: EC2Client, id: string, options: Options) => Promise<unknown>;
}

/** Milliseconds after which a new resource is known everywhere. */
const unsureFor = 20_000;

/** Pages hold this many; the vendor's limit is 1000. */
const pageSize = 100;

const filters = (run: string | undefined): Filter[] => [
  { Name: `tag:${tagKeys.managedBy}`, Values: [managedBy] },
  ...(run === undefined ? [] : [{ Name: `tag:${tagKeys.run}`, Values: [run] }]),
];

/** A kind from its two calls. Deleting is repeated while something that is going still needs the resource. */
const kindOf = (spec: KindSpec): Kind => ({
  kind: spec.kind,
  list: async ({ ec2, calls }, signal, run) => {
    const listed: Listed[] = [];
    let token: string | undefined;
    do {
      const query = {
        Filters: filters(run),
        MaxResults: pageSize,
        ...(token === undefined ? {} : { NextToken: token }),
      };
      const page = await calls.call(`ec2 ${spec.describe}`, signal, own =>
        spec.page(ec2, query, { abortSignal: own }),
      );
      listed.push(...page.items);
      token = page.next === '' ? undefined : page.next;
    } while (token !== undefined);
    return listed.flatMap(({ id, tags }) => {
      const resource = id === undefined ? undefined : foundResource(spec.kind, id, tagsOf(tags));
      return resource === undefined ? [] : [resource];
    });
  },
  destroy: ({ ec2, calls, clock }, { id, young }, signal) => {
    const limits = { every: 3000, until: 600_000, unsure: unsureAbout(young, clock, unsureFor) };
    return deleteFully(calls, id, limits, signal, async () => {
      await calls.call(`ec2 ${spec.delete}`, signal, own => spec.remove(ec2, id, { abortSignal: own }));
      return undefined;
    });
  },
});

/** In the order of destruction: a security group goes when nothing uses it, a snapshot when no image does. */
export const kinds: readonly Kind[] = [
  kindOf({
    kind: 'instance',
    describe: 'DescribeInstances',
    page: async (ec2, query, options) => {
      const { Reservations = [], NextToken } = await ec2.send(new DescribeInstancesCommand(query), options);
      const items = Reservations.flatMap(({ Instances = [] }) => Instances)
        .filter(one => !isOver(stateOf(one)))
        .map(one => ({ id: one.InstanceId, tags: one.Tags }));
      return { items, next: NextToken };
    },
    delete: 'TerminateInstances',
    remove: (ec2, id, options) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), options),
  }),
  // Not before its instance is gone: it stands by until then.
  schedule,
  kindOf({
    kind: 'key-pair',
    describe: 'DescribeKeyPairs',
    page: async (ec2, { Filters }, options) => {
      const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({ Filters }), options);
      return { items: KeyPairs.map(one => ({ id: one.KeyPairId, tags: one.Tags })) };
    },
    delete: 'DeleteKeyPair',
    remove: (ec2, id, options) => ec2.send(new DeleteKeyPairCommand({ KeyPairId: id }), options),
  }),
  kindOf({
    kind: 'image',
    describe: 'DescribeImages',
    page: async (ec2, query, options) => {
      const request = new DescribeImagesCommand({ ...query, Owners: ['self'] });
      const { Images = [], NextToken } = await ec2.send(request, options);
      return { items: Images.map(one => ({ id: one.ImageId, tags: one.Tags })), next: NextToken };
    },
    delete: 'DeregisterImage',
    remove: (ec2, id, options) => ec2.send(new DeregisterImageCommand({ ImageId: id }), options),
  }),
  importTask,
  kindOf({
    kind: 'snapshot',
    describe: 'DescribeSnapshots',
    page: async (ec2, query, options) => {
      const request = new DescribeSnapshotsCommand({ ...query, OwnerIds: ['self'] });
      const { Snapshots = [], NextToken } = await ec2.send(request, options);
      return { items: Snapshots.map(one => ({ id: one.SnapshotId, tags: one.Tags })), next: NextToken };
    },
    delete: 'DeleteSnapshot',
    remove: (ec2, id, options) => ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }), options),
  }),
  kindOf({
    // They go with their instance; only what lies about unattached was left behind.
    kind: 'volume',
    describe: 'DescribeVolumes',
    page: async (ec2, query, options) => {
      const unattached = { Name: 'status', Values: ['available', 'error'] };
      const request = new DescribeVolumesCommand({ ...query, Filters: [...query.Filters, unattached] });
      const { Volumes = [], NextToken } = await ec2.send(request, options);
      return { items: Volumes.map(one => ({ id: one.VolumeId, tags: one.Tags })), next: NextToken };
    },
    delete: 'DeleteVolume',
    remove: (ec2, id, options) => ec2.send(new DeleteVolumeCommand({ VolumeId: id }), options),
  }),
  kindOf({
    kind: 'security-group',
    describe: 'DescribeSecurityGroups',
    page: async (ec2, query, options) => {
      const { SecurityGroups = [], NextToken } = await ec2.send(
        new DescribeSecurityGroupsCommand(query),
        options,
      );
      return { items: SecurityGroups.map(one => ({ id: one.GroupId, tags: one.Tags })), next: NextToken };
    },
    delete: 'DeleteSecurityGroup',
    remove: (ec2, id, options) => ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }), options),
  }),
  bucketObject,
];
