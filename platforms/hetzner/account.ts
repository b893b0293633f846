import { collectorOf } from '../../src/cloud/gc.ts';
import { uploadForMany } from '../../src/cloud/image/for-many.ts';
import { epoch, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, StoredImage } from '../../src/core/cloud-account.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { connect, type HetznerCloud, siteOf } from './connect.ts';
import { defaultTypes, relabel } from './driver.ts';
import { digestTag, findShared, type ImageFacts, sharedImages, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import type { HetznerOptions } from './options.ts';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as HetznerOptions;
  const cloud = connect(options, context);
  return { ...collectorOf(cloud, kinds), images: imageStore(cloud, options) };
};

const imageStore = (cloud: HetznerCloud, options: HetznerOptions): CloudAccount['images'] => ({
  upload: async (image, stateDir, signal) => {
    const known = await findShared(cloud, image, signal);
    if (known !== undefined) return storedImage(known);
    const { clock, log } = cloud;
    const type = options.hetznerServerType?.[0] ?? defaultTypes[image.manifest.arch][0];
    const id = await uploadForMany(
      {
        ...{ platform: 'hetzner', cloud, kinds, clock, log, site: siteOf(options), keep: ['image'] },
        ...{ folder: stateDir, what: image.digest },
        upload: owner => uploadImage(cloud, image, type, owner, stateDir, signal),
        share: (own, expires) => {
          const facts = { [tagKeys.digest]: digestTag(image), [tagKeys.expires]: epoch(expires) };
          return relabel(cloud, `/images/${own}`, 'image', { ...facts, [tagKeys.shared]: 'yes' }, signal);
        },
      },
      signal,
    );
    const [made] = (await sharedImages(cloud, signal)).filter(one => String(one.id) === id);
    if (made === undefined) throw new TypeError(`image ${id} is not listed`);
    return storedImage(made);
  },
  list: async signal => (await sharedImages(cloud, signal)).map(storedImage),
  delete: async (id, signal) => {
    const found = (await sharedImages(cloud, signal)).find(
      one => String(one.id) === id || one.description === id,
    );
    if (found === undefined) return false;
    const kind = kinds.find(({ kind }) => kind === 'image');
    await kind?.destroy(cloud, { id: String(found.id), name: '', detail: {} }, signal);
    return true;
  },
});

const storedImage = ({ id, description, labels, architecture, created }: ImageFacts): StoredImage => ({
  id: String(id),
  name: description,
  digest: (labels[tagKeys.digest] ?? '').replace('-', ':'),
  arch: architecture === 'arm' ? 'arm64' : 'amd64',
  created: Number.isNaN(Date.parse(created)) ? undefined : Date.parse(created),
});
