import { z } from 'zod';
import { createNamed } from '../../src/cloud/create-named.ts';
import { factText, readFactText } from '../../src/cloud/fact-text.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { tagKeys, tagValue } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { DoCloud } from './connect.ts';
import { type ImageFacts, image as imageSchema } from './schemas.ts';
import { putDisk } from './spaces.ts';

export const digestTag = (image: LocalImage): string => tagValue(image.digest);

export const ownImages = (cloud: DoCloud, signal: AbortSignal): Promise<readonly ImageFacts[]> =>
  cloud.all('/images?private=true', 'images', imageSchema, signal);

/** Images that `kola image upload` made. */
export const sharedImages = async (cloud: DoCloud, signal: AbortSignal): Promise<readonly ImageFacts[]> =>
  (await ownImages(cloud, signal)).filter(
    ({ description }) => readFactText(description ?? '')[tagKeys.shared] === 'yes',
  );

export const findShared = async (
  cloud: DoCloud,
  image: LocalImage,
  signal: AbortSignal,
): Promise<ImageFacts | undefined> =>
  (await sharedImages(cloud, signal)).find(
    ({ description, status, regions = [] }) =>
      readFactText(description ?? '')[tagKeys.digest] === digestTag(image) &&
      status === 'available' &&
      regions.includes(cloud.region),
  );

/** Puts the disk into Spaces, and has it imported from there. */
export const uploadImage = async (
  cloud: DoCloud,
  image: LocalImage,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
): Promise<string> => importImage(cloud, await putDisk(cloud, image, owner, folder, signal), owner, signal);

/** Has the vendor fetch a disk image from an address that it can reach. */
export const importImage = async (
  cloud: DoCloud,
  url: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> => {
  const { api, calls, clock, region } = cloud;
  const id = await owner.create('image', 'image', async ({ name, tags }) => {
    const body = { name, url, region, distribution: 'Unknown', description: factText(tags) };
    const { id: made } = await createNamed(
      async () => {
        const make = (own: AbortSignal) =>
          api.send(z.object({ image: imageSchema }), 'POST', '/images', own, { body });
        return (await calls.call('do POST /images', signal, make, { creates: true, once: true })).image;
      },
      async () => (await ownImages(cloud, signal)).find(one => one.name === name),
      clock,
      signal,
    );
    return { id: String(made), value: String(made) };
  });
  await awaitImage(cloud, id, signal);
  return id;
};

const awaitImage = async (cloud: DoCloud, id: string, signal: AbortSignal): Promise<void> => {
  const limits = { every: 10_000, until: 30 * 60_000 };
  await cloud.calls.eventually(`image ${id} to be available`, limits, signal, async () => {
    const { status = 'unknown', error_message: message } = await getImage(cloud, id, signal);
    if (status === 'available') return { done: undefined };
    if (status === 'deleted' || (message !== undefined && message !== ''))
      throw new ProvisioningError('do-image', `image ${id} could not be imported: ${message ?? status}`, {
        hint: 'can DigitalOcean reach its address, and is it a raw or qcow2 disk, plain or as gz or bz2?',
      });
    return { pending: status };
  });
};

/** By id, or by slug. */
export const getImage = (cloud: DoCloud, id: string, signal: AbortSignal): Promise<ImageFacts> =>
  cloud.library('getExistingImage', imageSchema, signal, client =>
    client.images.getExistingImageBySlug(encodeURIComponent(id)),
  );

/** Writes other facts into the description of an image. */
export const describe = async (
  { api, calls }: DoCloud,
  id: string,
  facts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  const known = await calls.call('do GET /images', signal, own =>
    api.send(z.object({ image: imageSchema }), 'GET', `/images/${id}`, own),
  );
  const body = {
    name: known.image.name,
    description: factText({ ...readFactText(known.image.description ?? ''), ...facts }),
  };
  await calls.call('do PUT /images', signal, own =>
    api.send(z.unknown(), 'PUT', `/images/${id}`, own, { body }),
  );
};
