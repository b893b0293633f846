import { CreateTagsCommand, DescribeImagesCommand, type Image } from '@aws-sdk/client-ec2';
import { collectorOf } from '../../src/cloud/gc.ts';
import { uploadForMany } from '../../src/cloud/image/for-many.ts';
import { epoch, type Tags, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { canGoOnWithFile } from './bucket.ts';
import { type AwsCloud, connect, siteOf } from './connect.ts';
import { ec2Tags, tagsOf } from './ec2-tags.ts';
import { describeImage, digestTag, findShared, snapshotState, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import type { AwsOptions } from './options.ts';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as AwsOptions;
  const cloud = await connect(options, context);
  return { ...collectorOf(cloud, kinds), images: imageStore(cloud, options) };
};

const imageStore = (cloud: AwsCloud, options: AwsOptions): ImageStore => ({
  upload: async (image, stateDir, signal) => {
    const known = await findShared(cloud, image, signal);
    if (known !== undefined) return storedImage(known);
    const id = await uploadShared(cloud, options, image, stateDir, signal);
    return storedImage((await describeImage(cloud, id, signal)) ?? { ImageId: id });
  },
  list: async signal => (await listShared(cloud, signal)).map(storedImage),
  delete: async (id, signal) => {
    const found = (await listShared(cloud, signal)).find(one => one.ImageId === id || one.Name === id);
    if (found?.ImageId === undefined) return false;
    const snapshots = (found.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
    await destroyKind(cloud, 'image', [found.ImageId], signal);
    await destroyKind(cloud, 'snapshot', snapshots, signal);
    return true;
  },
});

/** Goes on with the blocks of a snapshot, or with the parts of a file in a bucket; an import begins anew. */
const uploadShared = (
  cloud: AwsCloud,
  options: AwsOptions,
  image: LocalImage,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const { clock, log, region, importBucket } = cloud;
  const form = importBucket === undefined ? 'ebs' : `s3 ${importBucket}`;
  return uploadForMany(
    {
      ...{ platform: 'aws', cloud, kinds, clock, log, site: siteOf(options, region) },
      ...{ folder, what: `${image.digest} ${form}`, keep: ['image', 'snapshot'] },
      upload: (owner, progress) => uploadImage(cloud, image, owner, folder, signal, progress),
      canGoOn: async (progress, expires) => {
        if (importBucket !== undefined) return canGoOnWithFile(cloud, importBucket, progress, signal);
        const snapshot = progress.created('snapshot');
        if (snapshot === undefined) return false;
        const state = await snapshotState(cloud, snapshot, signal);
        if (state !== 'pending' && state !== 'completed') return false;
        if (state === 'completed') progress.note('completed', 'yes');
        await tag(cloud, [snapshot], { [tagKeys.expires]: epoch(expires) }, signal);
        return true;
      },
      share: (_id, expires, kept) => {
        const facts = { [tagKeys.digest]: digestTag(image), [tagKeys.expires]: epoch(expires) };
        return tag(cloud, kept, { ...facts, [tagKeys.shared]: 'yes' }, signal);
      },
    },
    signal,
  );
};

const tag = async (
  { ec2, calls }: AwsCloud,
  resources: readonly string[],
  tags: Tags,
  signal: AbortSignal,
): Promise<void> => {
  const request = new CreateTagsCommand({ Resources: [...resources], Tags: ec2Tags(tags) });
  await calls.call('ec2 CreateTags', signal, own => ec2.send(request, { abortSignal: own }));
};

const listShared = async ({ ec2, calls }: AwsCloud, signal: AbortSignal): Promise<readonly Image[]> => {
  const { Images = [] } = await calls.call('ec2 DescribeImages', signal, own =>
    ec2.send(
      new DescribeImagesCommand({
        Owners: ['self'],
        Filters: [{ Name: `tag:${tagKeys.shared}`, Values: ['yes'] }],
      }),
      { abortSignal: own },
    ),
  );
  return Images;
};

const storedImage = (image: Image): StoredImage => {
  const tags = tagsOf(image.Tags);
  const created = Date.parse(image.CreationDate ?? '');
  return {
    id: image.ImageId ?? '',
    name: image.Name ?? '',
    digest: (tags[tagKeys.digest] ?? '').replace('-', ':'),
    arch: image.Architecture === 'arm64' ? 'arm64' : 'amd64',
    created: Number.isNaN(created) ? undefined : created,
  };
};

const destroyKind = async (
  cloud: AwsCloud,
  name: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  const kind = kinds.find(candidate => candidate.kind === name);
  for (const id of ids) await kind?.destroy(cloud, { id, name: '', detail: {} }, signal);
};
