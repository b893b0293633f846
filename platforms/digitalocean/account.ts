import { readFactText } from '../../src/cloud/fact-text.ts';
import { collectorOf } from '../../src/cloud/gc.ts';
import { uploadForMany } from '../../src/cloud/image/for-many.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { connect, type DoCloud, siteOf } from './connect.ts';
import { describe, digestTag, findShared, getImage, sharedImages, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import type { DoOptions } from './options.ts';
import type { ImageFacts } from './schemas.ts';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as DoOptions;
  const cloud = connect(options, context);
  return { ...collectorOf(cloud, kinds), images: imageStore(cloud, options) };
};

const imageStore = (cloud: DoCloud, options: DoOptions): ImageStore => ({
  upload: async (image, stateDir, signal) => {
    const known = await findShared(cloud, image, signal);
    if (known !== undefined) return storedImage(known);
    const { clock, log } = cloud;
    const id = await uploadForMany(
      {
        ...{ platform: 'digitalocean', cloud, kinds, clock, log, site: siteOf(options), keep: ['image'] },
        ...{ folder: stateDir, what: image.digest },
        upload: owner => uploadImage(cloud, image, owner, stateDir, signal),
        share: (own, expires) => {
          const facts = { [tagKeys.digest]: digestTag(image), [tagKeys.expires]: epoch(expires) };
          return describe(cloud, own, { ...facts, [tagKeys.shared]: 'yes' }, signal);
        },
      },
      signal,
    );
    return storedImage(await getImage(cloud, id, signal));
  },
  list: async signal => (await sharedImages(cloud, signal)).map(storedImage),
  delete: async (id, signal) => {
    const found = (await sharedImages(cloud, signal)).find(one => String(one.id) === id || one.name === id);
    if (found === undefined) return false;
    const kind = kinds.find(({ kind }) => kind === 'image');
    await kind?.destroy(cloud, { id: String(found.id), name: '', detail: {} }, signal);
    return true;
  },
});

const storedImage = ({ id, name, description, created_at }: ImageFacts): StoredImage => {
  const created = Date.parse(created_at ?? '');
  return {
    id: String(id),
    name,
    digest: (readFactText(description ?? '')[tagKeys.digest] ?? '').replace('-', ':'),
    // There are no others.
    arch: 'amd64',
    created: Number.isNaN(created) ? undefined : created,
  };
};
