import { AnonymousCredential, PageBlobClient } from '@azure/storage-blob';
import { z } from 'zod';
import { openDiskFile, tenths, uploadBlocks } from '../../src/cloud/image/blocks.ts';
import { convertOnce } from '../../src/cloud/image/convert.ts';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import type { Tags } from '../../src/cloud/tags.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AzureCloud } from './connect.ts';
import { needed } from './network.ts';
import type { AzureOptions } from './options.ts';

/** Most bytes of one write of pages. */
const pagesBytes = 4 * 1024 * 1024;
const parallelPages = 8;
/** Seconds that the address of a disk takes writes: there is no second one, and lines may be slow. */
const grantSeconds = 6 * 3600;

export interface ImageStyle {
  readonly generation: 'V1' | 'V2';
  /** An image in a gallery: arm64, trusted launch and NVMe are known there only. */
  readonly gallery: boolean;
  readonly trustedLaunch: boolean;
}

export const styleOf = (options: AzureOptions, arch: string): ImageStyle => {
  const trustedLaunch = options.azureTrustedLaunch === true;
  return {
    generation: options.azureHyperVGeneration ?? 'V2',
    trustedLaunch,
    gallery:
      options.azureUseGallery === true ||
      arch === 'arm64' ||
      trustedLaunch ||
      options.azureDiskController === 'nvme',
  };
};

interface Place {
  readonly group: string;
  readonly tags: Tags;
}

/**
 * Uploads the disk and makes an image of it, all in one group. Resolves to the image's id. With `progress` the pages that
 * another process sent are not sent again.
 */
export const uploadImage = async (
  cloud: AzureCloud,
  image: LocalImage,
  style: ImageStyle,
  place: Place,
  folder: string,
  signal: AbortSignal,
  progress?: UploadProgress,
): Promise<string> => {
  const vhd = await convertOnce(image, 'vhd', folder, progress, signal);
  const disk =
    progress?.noted('written') ?? (await uploadDisk(cloud, vhd, image, style, place, signal, progress));
  return style.gallery
    ? makeGalleryImage(cloud, disk, image, style, place, signal)
    : makeImage(cloud, disk, style, place, signal);
};

/** A disk that is being written to, and the address where. */
interface OpenDisk {
  readonly id: string;
  readonly address: string;
}

const openDiskSchema = z.strictObject({ id: z.string(), address: z.string(), until: z.number() });

/** The disk of another process, while its address is good for this many milliseconds more: there is no second one. */
const leastGrant = 10 * 60_000;

export const openDiskOf = (progress: UploadProgress, now: number): OpenDisk | undefined => {
  const noted = progress.noted('disk');
  if (noted === undefined) return undefined;
  const disk = openDiskSchema.parse(JSON.parse(noted));
  return disk.until - now > leastGrant ? disk : undefined;
};

const uploadDisk = async (
  cloud: AzureCloud,
  vhd: string,
  image: LocalImage,
  style: ImageStyle,
  place: Place,
  signal: AbortSignal,
  journal: UploadProgress | undefined,
): Promise<string> => {
  const { compute, calls, log, lookEvery, clock } = cloud;
  await using source = await openDiskFile(vhd);
  const kept = journal === undefined ? undefined : openDiskOf(journal, clock.now());
  const { id, address } = kept ?? (await createDisk(cloud, source.size, image, style, place, signal));
  if (kept === undefined) {
    const until = clock.now() + grantSeconds * 1000;
    journal?.note('disk', JSON.stringify({ id, address, until }));
  }
  const blob = new PageBlobClient(address, new AnonymousCredential(), { retryOptions: { maxTries: 1 } });
  await uploadBlocks({
    source,
    blockBytes: pagesBytes,
    parallel: parallelPages,
    signal,
    journal,
    progress: tenths('Uploading the disk', log),
    put: async ({ offset, length }, bytes) => {
      await calls.call('blob PutPage', signal, abortSignal =>
        blob.uploadPages(bytes, offset, length, { abortSignal }),
      );
    },
  });
  await calls.call('compute disks.revokeAccess', signal, async abortSignal => {
    await compute.disks.revokeAccess(place.group, 'disk', { updateIntervalInMs: lookEvery, abortSignal });
  });
  journal?.note('written', id);
  return id;
};

const createDisk = async (
  { compute, calls, location, lookEvery }: AzureCloud,
  bytes: number,
  image: LocalImage,
  { generation }: ImageStyle,
  { group, tags }: Place,
  signal: AbortSignal,
): Promise<OpenDisk> => {
  const request = {
    location,
    tags: { ...tags },
    sku: { name: 'Standard_LRS' },
    osType: 'Linux' as const,
    hyperVGeneration: generation,
    supportedCapabilities: { architecture: image.manifest.arch === 'arm64' ? 'Arm64' : 'x64' },
    creationData: { createOption: 'Upload', uploadSizeBytes: bytes },
  };
  const own = { updateIntervalInMs: lookEvery };
  const { id } = await calls.call('compute disks.createOrUpdate', signal, async abortSignal =>
    compute.disks.createOrUpdate(group, 'disk', request, { ...own, abortSignal }),
  );
  const access = { access: 'Write', durationInSeconds: grantSeconds };
  const { accessSAS } = await calls.call('compute disks.grantAccess', signal, async abortSignal =>
    compute.disks.grantAccess(group, 'disk', access, { ...own, abortSignal }),
  );
  return { id: needed(id, 'a disk'), address: needed(accessSAS, 'a disk that can be written') };
};

const makeImage = async (
  { compute, calls, location, lookEvery }: AzureCloud,
  disk: string,
  { generation }: ImageStyle,
  { group, tags }: Place,
  signal: AbortSignal,
): Promise<string> => {
  const request = {
    location,
    tags: { ...tags },
    hyperVGeneration: generation,
    storageProfile: {
      osDisk: { osType: 'Linux' as const, osState: 'Generalized' as const, managedDisk: { id: disk } },
    },
  };
  const { id } = await calls.call('compute images.createOrUpdate', signal, async abortSignal =>
    compute.images.createOrUpdate(group, group, request, { abortSignal, updateIntervalInMs: lookEvery }),
  );
  return needed(id, 'an image');
};

const makeGalleryImage = async (
  { compute, calls, location, lookEvery }: AzureCloud,
  disk: string,
  image: LocalImage,
  { generation, trustedLaunch }: ImageStyle,
  { group, tags }: Place,
  signal: AbortSignal,
): Promise<string> => {
  const own = { updateIntervalInMs: lookEvery };
  const common = { location, tags: { ...tags } };
  // Names of galleries have no dashes.
  const gallery = group.replaceAll('-', '_');
  await calls.call('compute galleries.createOrUpdate', signal, async abortSignal => {
    await compute.galleries.createOrUpdate(group, gallery, common, { ...own, abortSignal });
  });
  const definition = {
    ...common,
    osType: 'Linux' as const,
    osState: 'Generalized' as const,
    hyperVGeneration: generation,
    architecture: image.manifest.arch === 'arm64' ? 'Arm64' : 'x64',
    identifier: { publisher: 'kola', offer: 'kola', sku: group },
    features: [
      { name: 'DiskControllerTypes', value: 'SCSI, NVMe' },
      ...(trustedLaunch ? [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }] : []),
    ],
  };
  await calls.call('compute galleryImages.createOrUpdate', signal, async abortSignal => {
    await compute.galleryImages.createOrUpdate(group, gallery, 'kola', definition, { ...own, abortSignal });
  });
  const version = {
    ...common,
    storageProfile: { osDiskImage: { source: { id: disk } } },
    publishingProfile: { targetRegions: [{ name: location, regionalReplicaCount: 1 }] },
  };
  const { id } = await calls.call('compute galleryImageVersions.createOrUpdate', signal, async abortSignal =>
    compute.galleryImageVersions.createOrUpdate(group, gallery, 'kola', '1.0.0', version, {
      ...own,
      abortSignal,
    }),
  );
  return needed(id, 'an image version');
};
