import { CompleteSnapshotCommand, PutSnapshotBlockCommand, StartSnapshotCommand } from '@aws-sdk/client-ebs';
import {
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  type Image,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import { faultOf } from '../../src/cloud/fault.ts';
import {
  type DiskSource,
  openDiskFile,
  sha256Base64,
  tenths,
  uploadBlocks,
} from '../../src/cloud/image/blocks.ts';
import { convertOnce } from '../../src/cloud/image/convert.ts';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { tagKeys, tagValue } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AwsCloud } from './connect.ts';
import { ec2Tags, needed } from './ec2-tags.ts';
import { importSnapshot } from './import.ts';

/** The block size of EBS's direct interface; there is no other. */
const blockBytes = 512 * 1024;
const gib = 2 ** 30;
/** The service takes 1000 blocks a second for a snapshot. */
const parallelBlocks = 16;

export const digestTag = (image: LocalImage): string => tagValue(image.digest);

/** The image that `kola image upload` made from the same disk. */
export const findShared = async (
  { ec2, calls }: AwsCloud,
  image: LocalImage,
  signal: AbortSignal,
): Promise<Image | undefined> => {
  const { Images = [] } = await calls.call('ec2 DescribeImages', signal, own =>
    ec2.send(
      new DescribeImagesCommand({
        Owners: ['self'],
        Filters: [
          { Name: `tag:${tagKeys.shared}`, Values: ['yes'] },
          { Name: `tag:${tagKeys.digest}`, Values: [digestTag(image)] },
          { Name: 'state', Values: ['available'] },
        ],
      }),
      { abortSignal: own },
    ),
  );
  return Images[0];
};

/**
 * Makes a snapshot of the disk, straight or through a bucket, and an image of that. Both are `owner`'s. With `progress` the
 * blocks that another process sent are not sent again.
 */
export const uploadImage = async (
  cloud: AwsCloud,
  image: LocalImage,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
  progress?: UploadProgress,
): Promise<string> => {
  const { importBucket } = cloud;
  const snapshot =
    importBucket === undefined
      ? await uploadSnapshot(
          cloud,
          await convertOnce(image, 'raw', folder, progress, signal),
          owner,
          signal,
          progress,
        )
      : await importSnapshot(cloud, image, importBucket, owner, folder, signal, progress);
  return registerImage(cloud, image, snapshot, owner, signal);
};

const uploadSnapshot = async (
  cloud: AwsCloud,
  disk: string,
  owner: Owner,
  signal: AbortSignal,
  progress: UploadProgress | undefined,
): Promise<string> => {
  await using source = await openDiskFile(disk);
  const snapshot = progress?.created('snapshot') ?? (await startSnapshot(cloud, source.size, owner, signal));
  if (progress?.noted('completed') === undefined)
    await fillSnapshot(cloud, snapshot, source, signal, progress);
  await awaitSnapshot(cloud, snapshot, signal);
  return snapshot;
};

const startSnapshot = (
  { ebs, calls }: AwsCloud,
  bytes: number,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('snapshot', 'snapshot', async ({ name, tags }) => {
    const request = new StartSnapshotCommand({
      VolumeSize: Math.ceil(bytes / gib),
      ClientToken: name,
      Description: name,
      Tags: ec2Tags(tags),
    });
    const { SnapshotId } = await calls.call(
      'ebs StartSnapshot',
      signal,
      own => ebs.send(request, { abortSignal: own }),
      { creates: true },
    );
    const id = needed(SnapshotId, 'a snapshot');
    return { id, value: id };
  });

const fillSnapshot = async (
  { ebs, calls, log }: AwsCloud,
  snapshot: string,
  source: DiskSource,
  signal: AbortSignal,
  journal: UploadProgress | undefined,
): Promise<void> => {
  const written = await uploadBlocks({
    source,
    blockBytes,
    parallel: parallelBlocks,
    signal,
    journal,
    progress: tenths(`Uploading to ${snapshot}`, log),
    put: async ({ index }, bytes) => {
      const whole = bytes.length === blockBytes ? bytes : Buffer.concat([bytes], blockBytes);
      await calls.call('ebs PutSnapshotBlock', signal, own =>
        ebs.send(
          new PutSnapshotBlockCommand({
            SnapshotId: snapshot,
            BlockIndex: index,
            BlockData: whole,
            DataLength: blockBytes,
            Checksum: sha256Base64(whole),
            ChecksumAlgorithm: 'SHA256',
          }),
          { abortSignal: own },
        ),
      );
    },
  });
  await calls.call('ebs CompleteSnapshot', signal, own =>
    ebs.send(new CompleteSnapshotCommand({ SnapshotId: snapshot, ChangedBlocksCount: written }), {
      abortSignal: own,
    }),
  );
  journal?.note('completed', 'yes');
};

/** What another process began can be gone on with while it is there; a snapshot is closed once. */
export const snapshotState = async (
  { ec2, calls }: AwsCloud,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  try {
    const { Snapshots = [] } = await calls.call('ec2 DescribeSnapshots', signal, own =>
      ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }), { abortSignal: own }),
    );
    return Snapshots[0]?.State;
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return undefined;
  }
};

const awaitSnapshot = async ({ ec2, calls }: AwsCloud, id: string, signal: AbortSignal): Promise<void> => {
  const limits = { every: 5000, until: 30 * 60_000 };
  await calls.eventually(`snapshot ${id} to be completed`, limits, signal, async () => {
    const { Snapshots = [] } = await calls.call('ec2 DescribeSnapshots', signal, own =>
      ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }), { abortSignal: own }),
    );
    const { State, StateMessage } = Snapshots[0] ?? {};
    if (State === 'completed') return { done: undefined };
    if (State === 'error')
      throw new ProvisioningError(
        'aws-snapshot',
        `snapshot ${id} failed: ${StateMessage ?? 'no reason given'}`,
      );
    return { pending: State ?? 'not listed' };
  });
};

const registerImage = async (
  cloud: AwsCloud,
  image: LocalImage,
  snapshot: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> => {
  const { ec2, calls } = cloud;
  const arm64 = image.manifest.arch === 'arm64';
  const id = await owner.create('image', 'image', async ({ name, tags }) => {
    const Tags = ec2Tags(tags);
    const request = new RegisterImageCommand({
      Name: name,
      Description: image.manifest.title.replace(/[^\w .,()+:-]/g, ' ').slice(0, 255),
      Architecture: arm64 ? 'arm64' : 'x86_64',
      VirtualizationType: 'hvm',
      EnaSupport: true,
      BootMode: arm64 ? 'uefi' : 'uefi-preferred',
      RootDeviceName: '/dev/xvda',
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/xvda',
          Ebs: { SnapshotId: snapshot, VolumeType: 'gp3', DeleteOnTermination: true },
        },
      ],
      TagSpecifications: [{ ResourceType: 'image', Tags }],
    });
    try {
      const { ImageId } = await calls.call(
        'ec2 RegisterImage',
        signal,
        own => ec2.send(request, { abortSignal: own }),
        { creates: true },
      );
      const made = needed(ImageId, 'an image');
      return { id: made, value: made };
    } catch (error) {
      // The answer to a first try was lost: the name is ours and taken.
      if (faultOf(error)?.kind !== 'exists') throw error;
      const made = needed(await imageNamed(cloud, name, signal), 'an image');
      return { id: made, value: made };
    }
  });
  await awaitImage(cloud, id, signal);
  return id;
};

const imageNamed = async (
  { ec2, calls }: AwsCloud,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { Images = [] } = await calls.call('ec2 DescribeImages', signal, own =>
    ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'name', Values: [name] }] }), {
      abortSignal: own,
    }),
  );
  return Images[0]?.ImageId;
};

const awaitImage = async (cloud: AwsCloud, id: string, signal: AbortSignal): Promise<void> => {
  const limits = { every: 5000, until: 15 * 60_000 };
  await cloud.calls.eventually(`image ${id} to be available`, limits, signal, async () => {
    const image = await describeImage(cloud, id, signal);
    if (image?.State === 'available') return { done: undefined };
    if (image?.State === 'failed' || image?.State === 'invalid')
      throw new ProvisioningError(
        'aws-image',
        `image ${id} is ${image.State}: ${image.StateReason?.Message ?? ''}`,
      );
    return { pending: image?.State ?? 'not listed' };
  });
};

export const describeImage = async (
  { ec2, calls }: AwsCloud,
  id: string,
  signal: AbortSignal,
): Promise<Image | undefined> => {
  const { Images = [] } = await calls.call('ec2 DescribeImages', signal, own =>
    ec2.send(new DescribeImagesCommand({ ImageIds: [id] }), { abortSignal: own }),
  );
  return Images[0];
};
