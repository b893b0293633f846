import { collectorOf } from '../../src/cloud/gc.ts';
import { uploadForMany } from '../../src/cloud/image/for-many.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { connect, type OpenStackCloud, siteOf } from './connect.ts';
import {
  describeImage,
  digestTag,
  findShared,
  getImage,
  type ImageFacts,
  sharedImages,
  uploadImage,
  vendorArch,
} from './image.ts';
import { kinds } from './kinds.ts';
import type { OpenStackOptions } from './options.ts';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as OpenStackOptions;
  const cloud = connect(options, context);
  return { ...collectorOf(cloud, kinds), images: imageStore(cloud, options) };
};

const imageStore = (cloud: OpenStackCloud, options: OpenStackOptions): ImageStore => ({
  upload: async (image, stateDir, signal) => {
    const known = await findShared(cloud, image, signal);
    if (known !== undefined) return storedImage(known);
    const { clock, log } = cloud;
    const site = siteOf(options, cloud.project);
    const id = await uploadForMany(
      {
        ...{ platform: 'openstack', cloud, kinds, clock, log, site, keep: ['image'] },
        ...{ folder: stateDir, what: image.digest },
        upload: owner => uploadImage(cloud, image, owner, stateDir, signal),
        share: (own, expires) => {
          const facts = { [tagKeys.digest]: digestTag(image), [tagKeys.expires]: epoch(expires) };
          return describeImage(cloud, own, { ...facts, [tagKeys.shared]: 'yes' }, signal);
        },
      },
      signal,
    );
    return storedImage(await getImage(cloud, id, signal));
  },
  list: async signal => (await sharedImages(cloud, signal)).map(storedImage),
  delete: async (id, signal) => {
    const found = (await sharedImages(cloud, signal)).find(one => one.id === id || one.name === id);
    if (found === undefined) return false;
    const kind = kinds.find(one => one.kind === 'image');
    await kind?.destroy(cloud, { id: found.id, name: '', detail: {} }, signal);
    return true;
  },
});

const storedImage = (image: ImageFacts): StoredImage => {
  const created = Date.parse(image.created_at ?? '');
  const digest = image[tagKeys.digest];
  return {
    id: image.id,
    name: image.name ?? '',
    digest: typeof digest === 'string' ? digest.replace('-', ':') : '',
    arch: image.architecture === vendorArch.arm64 ? 'arm64' : 'amd64',
    created: Number.isNaN(created) ? undefined : created,
  };
};
