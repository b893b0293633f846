import { convertOnce } from '../../src/cloud/image/convert.ts';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { managedBy, tagKeys, tagValue } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { Image } from './api.ts';
import { putFile } from './bucket.ts';
import type { GceCloud } from './connect.ts';
import { createNamed } from './firewall.ts';
import { compute, listAll } from './requests.ts';

/** What Flatcar's own images are registered with. */
const guestOsFeatures = ['VIRTIO_SCSI_MULTIQUEUE', 'UEFI_COMPATIBLE', 'GVNIC'].map(type => ({ type }));

export const digestLabel = (image: LocalImage): string => tagValue(image.digest);

/** The image that `kola image upload` made from the same disk. */
export const findShared = async (
  cloud: GceCloud,
  image: LocalImage,
  signal: AbortSignal,
): Promise<Image | undefined> =>
  (await listShared(cloud, signal, `(labels.${tagKeys.digest}=${digestLabel(image)})`)).find(
    ({ status }) => status === 'READY',
  );

export const listShared = (cloud: GceCloud, signal: AbortSignal, more = ''): Promise<readonly Image[]> => {
  const filter = `(labels.${tagKeys.managedBy}=${managedBy}) (labels.${tagKeys.shared}=yes) ${more}`.trim();
  return listAll<Image>(cloud, 'images', { filter }, signal);
};

/**
 * Puts the disk into a bucket and makes an image of it; both are `owner`'s. Resolves to the image's name. With `progress` what
 * another process sent is not sent again.
 */
export const uploadImage = async (
  cloud: GceCloud,
  image: LocalImage,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
  progress?: UploadProgress,
): Promise<string> => {
  const file = await convertOnce(image, 'gce-tar', folder, progress, signal);
  cloud.log(`Uploading the disk to a bucket in ${cloud.region}`);
  const source = await putFile(cloud, file, owner, signal, progress);
  return owner.create('image', 'image', async ({ name, tags }) => {
    const imageResource = {
      name,
      description: image.manifest.title.slice(0, 255),
      labels: tags,
      architecture: image.manifest.arch === 'arm64' ? 'ARM64' : 'X86_64',
      guestOsFeatures,
      rawDisk: { source, containerType: 'TAR' },
      storageLocations: [cloud.region],
    };
    await createNamed(cloud, 'images', { imageResource }, name, signal);
    await awaitReady(cloud, name, signal);
    return { id: name, value: name };
  });
};

const awaitReady = (cloud: GceCloud, name: string, signal: AbortSignal): Promise<void> =>
  cloud.calls.eventually(
    `image ${name} to be ready`,
    { every: 5000, until: 30 * 60_000 },
    signal,
    async () => {
      const { status } = await compute<Image>(cloud, 'images', 'get', { image: name }, signal);
      if (status === 'READY') return { done: undefined };
      if (status === 'FAILED') throw new ProvisioningError('gce-image', `image ${name} failed to be made`);
      return { pending: String(status) };
    },
  );

/** What `--gce-image` names: a family or an image, of this project or another. */
export const readImageName = (
  text: string,
  project: string,
): { readonly project: string; readonly family?: string; readonly image?: string } => {
  const match = /(?:projects\/([^/]+)\/)?(?:global\/)?(?:images\/)?(family\/)?([^/]+)$/.exec(text);
  const [, owner = project, family, name = text] = match ?? [];
  return family === undefined ? { project: owner, image: name } : { project: owner, family: name };
};

export const describeImage = (cloud: GceCloud, text: string, signal: AbortSignal): Promise<Image> => {
  const named = readImageName(text, cloud.project);
  return compute<Image>(cloud, 'images', named.family === undefined ? 'get' : 'getFromFamily', named, signal);
};
