import { CreateTagsCommand, DescribeImagesCommand, type Image } from '@aws-sdk/client-ec2';
import { collectorOf } from '../../src/cloud/gc.ts';
import { tearDown } from '../../src/cloud/kinds.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import { makeOwner } from '../../src/cloud/owner.ts';
import { passingLedger } from '../../src/cloud/passing-ledger.ts';
import { epoch, ownerName, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import { brandId, type RunId, randomIds } from '../../src/core/ids.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { type AwsCloud, connect, siteOf } from './connect.ts';
import { ec2Tags, tagsOf } from './ec2-tags.ts';
import { describeImage, digestTag, findShared, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import type { AwsOptions } from './options.ts';

/** Milliseconds that an image for many runs is kept. */
const imageLife = 30 * 24 * 3_600_000;

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

/** Everything is taken back when the upload fails; when this process dies, the lease in the tags runs out. */
const uploadShared = async (
  cloud: AwsCloud,
  options: AwsOptions,
  image: LocalImage,
  stateDir: string,
  signal: AbortSignal,
): Promise<string> => {
  const run = brandId<RunId>(randomIds.next());
  const ledger = passingLedger(run, 'aws');
  const { clock, log } = cloud;
  const created = clock.now();
  const tagFacts = () => ({ run, owner: ownerName(), created, expires: created + leaseLength });
  const owner = makeOwner({ ledger, site: siteOf(options, cloud.region), tagFacts });
  try {
    const id = await uploadImage(cloud, image, owner, stateDir, signal);
    const kept = ['image', 'snapshot'];
    const resources = ledger.open().flatMap(({ kind, id: own }) => (kept.includes(kind) ? (own ?? []) : []));
    const rest = ledger.open().filter(({ kind }) => kind === 'bucket-object');
    await tearDown(rest, { cloud, kinds, clock, signal, log }, ledger.release);
    await share(cloud, resources, image, clock.now() + imageLife, signal);
    return id;
  } catch (error) {
    const late = AbortSignal.timeout(120_000);
    await tearDown(ledger.open(), { cloud, kinds, clock, signal: late, log }, ledger.release).catch(() => {
      // Said in the log; the reason for the failure is what the caller has to know.
    });
    throw error;
  }
};

const share = (
  { ec2, calls }: AwsCloud,
  resources: string[],
  image: LocalImage,
  expires: number,
  signal: AbortSignal,
): Promise<unknown> =>
  calls.call('ec2 CreateTags', signal, own =>
    ec2.send(
      new CreateTagsCommand({
        Resources: resources,
        Tags: ec2Tags({
          [tagKeys.shared]: 'yes',
          [tagKeys.digest]: digestTag(image),
          [tagKeys.expires]: epoch(expires),
        }),
      }),
      { abortSignal: own },
    ),
  );

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
