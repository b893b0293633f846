import { faultOf } from '../../src/cloud/fault.ts';
import { collectorOf } from '../../src/cloud/gc.ts';
import { uploadForMany } from '../../src/cloud/image/for-many.ts';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import type { Image } from './api.ts';
import { renewBucket } from './bucket.ts';
import { connect, type GceCloud, siteOf } from './connect.ts';
import { describeImage, digestLabel, findShared, listShared, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import { labelImage } from './lease.ts';
import type { GceOptions } from './options.ts';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as GceOptions;
  const cloud = await connect(options, context);
  return { ...collectorOf(cloud, kinds), images: imageStore(cloud, options) };
};

const imageStore = (cloud: GceCloud, options: GceOptions): ImageStore => ({
  upload: async (image, stateDir, signal) => {
    const known = await findShared(cloud, image, signal);
    if (known !== undefined) return storedImage(known);
    const name = await uploadShared(cloud, options, image, stateDir, signal);
    return storedImage(await describeImage(cloud, name, signal));
  },
  list: async signal => (await listShared(cloud, signal)).map(storedImage),
  delete: async (name, signal) => {
    if (!(await listShared(cloud, signal)).some(image => image.name === name)) return false;
    const kind = kinds.find(candidate => candidate.kind === 'image');
    await kind?.destroy(cloud, { id: name, name, detail: {} }, signal);
    return true;
  },
});

/** The image stands without the bucket that it came through. */
const uploadShared = (
  cloud: GceCloud,
  options: GceOptions,
  image: LocalImage,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const { clock, log } = cloud;
  return uploadForMany(
    {
      ...{ platform: 'gce', cloud, kinds, clock, log, site: siteOf(options, cloud) },
      ...{ folder, what: image.digest, keep: ['image'] },
      upload: (owner, progress) => uploadImage(cloud, image, owner, folder, signal, progress),
      canGoOn: (progress, expires) => extendBucket(cloud, progress, expires, signal),
      share: async (name, expires) => {
        const labels = { [tagKeys.digest]: digestLabel(image), [tagKeys.expires]: epoch(expires) };
        await labelImage(cloud, name, { ...labels, [tagKeys.shared]: 'yes' }, signal);
        await awaitListed(cloud, image, signal);
      },
    },
    signal,
  );
};

/** Whether the bucket that an upload was on its way to is still there; its lease then goes on. */
const extendBucket = async (
  cloud: GceCloud,
  progress: UploadProgress,
  expires: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const bucket = progress.created('bucket');
  if (bucket === undefined || progress.noted('session') === undefined) return false;
  try {
    await renewBucket(cloud, bucket, epoch(expires), signal);
    return true;
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return false;
  }
};

/** Whoever asks next has to find it. */
const awaitListed = (cloud: GceCloud, image: LocalImage, signal: AbortSignal): Promise<void> =>
  cloud.calls.eventually('the image to be listed', { every: 2000, until: 60_000 }, signal, async () =>
    (await findShared(cloud, image, signal)) === undefined ? { pending: 'not listed' } : { done: undefined },
  );

const storedImage = ({ name, labels, architecture, creationTimestamp }: Image): StoredImage => {
  const created = Date.parse(creationTimestamp ?? '');
  return {
    id: name ?? '',
    name: name ?? '',
    digest: (labels?.[tagKeys.digest] ?? '').replace('-', ':'),
    arch: architecture === 'ARM64' ? 'arm64' : 'amd64',
    created: Number.isNaN(created) ? undefined : created,
  };
};
