import { openAsBlob } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { faultOf } from '../../src/cloud/fault.ts';
import { convertDisk } from '../../src/cloud/image/convert.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { managedBy, type Tags, tagKeys, tagValue } from '../../src/cloud/tags.ts';
import { ProvisioningError, UsageError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { Arch } from '../../src/core/target.ts';
import type { OpenStackCloud } from './connect.ts';
import { create } from './create.ts';

export const imageSchema = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  /** GiB that a disk needs at least; 0 = nobody said. */
  min_disk: z.number().default(0),
  /** Bytes of the disk inside; known once it was uploaded, to newer clouds. */
  virtual_size: z.number().nullish(),
  size: z.number().nullish(),
  architecture: z.string().optional(),
  created_at: z.string().optional(),
});
export type ImageFacts = z.infer<typeof imageSchema>;

/** As Glance and Nova call them. */
export const vendorArch: Readonly<Record<Arch, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

const gib = 2 ** 30;

/** GiB that a disk made from an image needs. */
export const diskGib = ({ min_disk, virtual_size, size }: ImageFacts): number =>
  Math.max(min_disk, Math.ceil((virtual_size ?? size ?? 0) / gib));

export const digestTag = (image: LocalImage): string => tagValue(image.digest);

export const getImage = (cloud: OpenStackCloud, id: string, signal: AbortSignal): Promise<ImageFacts> =>
  cloud.send('image', 'GET /images/:id', `/images/${id}`, imageSchema, signal);

/** Images that `kola image upload` made. */
export const sharedImages = async (
  cloud: OpenStackCloud,
  signal: AbortSignal,
  more: Tags = {},
): Promise<readonly ImageFacts[]> => {
  const { project } = await cloud.identity(signal);
  const wanted = { owner: project.id, [tagKeys.managedBy]: managedBy, [tagKeys.shared]: 'yes', ...more };
  return cloud.all('image', '/images', 'images', imageSchema, signal, wanted);
};

export const findShared = async (
  cloud: OpenStackCloud,
  image: LocalImage,
  signal: AbortSignal,
): Promise<ImageFacts | undefined> =>
  (await sharedImages(cloud, signal, { [tagKeys.digest]: digestTag(image) })).find(
    ({ status }) => status === 'active',
  );

/** What `--openstack-image` names, by id or name. */
export const findImage = async (
  cloud: OpenStackCloud,
  wish: string,
  arch: Arch,
  signal: AbortSignal,
): Promise<ImageFacts> => {
  const byId = z.guid().safeParse(wish).success ? await byIdOf(cloud, wish, signal) : undefined;
  const named =
    byId === undefined
      ? await cloud.all('image', '/images', 'images', imageSchema, signal, { name: wish })
      : [byId];
  const [found, ...others] = named.filter(({ status }) => status === 'active');
  if (found === undefined || others.length > 0)
    throw new UsageError(
      'openstack-image',
      found === undefined
        ? `there is no image ${wish} that is active`
        : `there are ${others.length + 1} images called ${wish}`,
      { hint: 'name an image by its id with --openstack-image, or leave it out to upload --image' },
    );
  // Not everybody writes it down.
  const { architecture = vendorArch[arch] } = found;
  if (architecture !== vendorArch[arch])
    throw new UsageError(
      'image-arch',
      `expected an image for ${vendorArch[arch]}, found ${wish} for ${architecture}`,
    );
  return found;
};

const byIdOf = async (
  cloud: OpenStackCloud,
  id: string,
  signal: AbortSignal,
): Promise<ImageFacts | undefined> => {
  try {
    return await getImage(cloud, id, signal);
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return undefined;
  }
};

/** Bytes of the disk inside, from the header of the format. */
export const virtualSize = async (qcow2: string): Promise<number> => {
  await using file = await open(qcow2, 'r');
  const header = Buffer.alloc(32);
  await file.read(header, 0, 32, 0);
  return Number(header.readBigUInt64BE(24));
};

/** Puts the disk into Glance as qcow2, where what is empty takes no room; the image is `owner`'s. */
export const uploadImage = async (
  cloud: OpenStackCloud,
  image: LocalImage,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const disk = await convertDisk(image, 'qcow2', folder, signal);
  const { arch } = image.manifest;
  const body = {
    container_format: 'bare',
    disk_format: 'qcow2',
    visibility: 'private',
    min_disk: Math.ceil((await virtualSize(disk)) / gib),
    architecture: vendorArch[arch],
    hw_disk_bus: 'virtio',
    hw_vif_model: 'virtio',
    hw_rng_model: 'virtio',
    ...(image.manifest.firmware.includes('bios') ? {} : { hw_firmware_type: 'uefi' }),
  };
  const id = await create(cloud, 'image', 'image', body, owner, signal);
  await putData(cloud, id, disk, signal);
  await awaitActive(cloud, id, signal);
  return id;
};

const mostTries = 4;

/** Data is taken once: after an error the image says whether it has them. */
const putData = async (
  cloud: OpenStackCloud,
  id: string,
  disk: string,
  signal: AbortSignal,
): Promise<void> => {
  const body = await openAsBlob(disk);
  cloud.log(`Uploading ${Math.ceil(body.size / 2 ** 20)} MiB to image ${id}`);
  const headers = { 'content-type': 'application/octet-stream' };
  for (let turn = 1; ; turn++)
    try {
      await cloud.send('image', 'PUT /images/:id/file', `/images/${id}/file`, z.unknown(), signal, {
        ...{ body, headers, once: true },
      });
      return;
    } catch (error) {
      const kind = faultOf(error)?.kind;
      if (kind !== 'network' && kind !== 'transient' && kind !== 'busy') throw error;
      const { status } = await getImage(cloud, id, signal);
      if (status !== 'queued') return;
      if (turn >= mostTries) throw error;
      await cloud.clock.sleep(1000 * 2 ** turn, signal);
    }
};

const awaitActive = (cloud: OpenStackCloud, id: string, signal: AbortSignal): Promise<void> =>
  cloud.calls.eventually(
    `image ${id} to be active`,
    { every: 3000, until: 30 * 60_000 },
    signal,
    async () => {
      const { status } = await getImage(cloud, id, signal);
      if (status === 'active') return { done: undefined };
      if (['killed', 'deleted', 'pending_delete', 'deactivated'].includes(status))
        throw new ProvisioningError('openstack-image', `image ${id} is ${status} instead of active`);
      return { pending: status };
    },
  );

/** Writes properties of an image. */
export const describeImage = async (
  cloud: OpenStackCloud,
  id: string,
  facts: Tags,
  signal: AbortSignal,
): Promise<void> => {
  const known = await getImage(cloud, id, signal);
  const body = Object.entries(facts).map(([key, value]) => ({
    op: key in known ? 'replace' : 'add',
    path: `/${key}`,
    value,
  }));
  const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
  await cloud.send('image', 'PATCH /images/:id', `/images/${id}`, z.unknown(), signal, { body, headers });
};
