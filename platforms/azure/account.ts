import type { ResourceGroup } from '@azure/arm-resources';
import { faultOf } from '../../src/cloud/fault.ts';
import { collectorOf } from '../../src/cloud/gc.ts';
import { uploadForMany } from '../../src/cloud/image/for-many.ts';
import { epoch, tagKeys, tagValue } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { type AzureCloud, connect, siteOf } from './connect.ts';
import { collect, createGroup, groupKind, tagGroup } from './group.ts';
import { type ImageStyle, openDiskOf, styleOf, uploadImage } from './image.ts';
import { kinds } from './machines.ts';
import type { AzureOptions } from './options.ts';

/** Tags of a group that holds an image for many runs. */
const imageTag = 'kola-image';
const archTag = 'kola-arch';
const styleTag = 'kola-style';

export const openAccount = async (context: AccountContext): Promise<CloudAccount> => {
  // Parsed by the caller.
  const options = context.options as AzureOptions;
  const cloud = await connect(options, context);
  return { ...collectorOf(cloud, kinds), images: imageStore(cloud, options) };
};

const styleName = ({ generation, gallery, trustedLaunch }: ImageStyle): string =>
  [generation, gallery ? 'gallery' : 'image', ...(trustedLaunch ? ['trusted'] : [])].join('-');

/** Id of the image that `kola image upload` made from the same disk in the same style. */
export const findShared = async (
  cloud: AzureCloud,
  image: LocalImage,
  style: ImageStyle,
  signal: AbortSignal,
): Promise<string | undefined> =>
  (await sharedGroups(cloud, signal)).find(
    ({ tags = {} }) => tags[tagKeys.digest] === tagValue(image.digest) && tags[styleTag] === styleName(style),
  )?.tags?.[imageTag];

const sharedGroups = async (
  { resources, calls, location }: AzureCloud,
  signal: AbortSignal,
): Promise<readonly ResourceGroup[]> => {
  const filter = `tagName eq '${tagKeys.shared}' and tagValue eq 'yes'`;
  const groups = await calls.call('arm resourceGroups.list', signal, own =>
    collect(resources.resourceGroups.list({ filter, abortSignal: own })),
  );
  return groups.filter(
    group => group.location === location && group.properties?.provisioningState !== 'Deleting',
  );
};

const imageStore = (cloud: AzureCloud, options: AzureOptions): ImageStore => ({
  upload: async (image, stateDir, signal) => {
    const style = styleOf(options, image.manifest.arch);
    const known = await findShared(cloud, image, style, signal);
    const id = known ?? (await uploadShared(cloud, options, image, style, stateDir, signal));
    const listed = (await sharedGroups(cloud, signal)).find(({ tags }) => tags?.[imageTag] === id);
    return storedImage(listed, id);
  },
  list: async signal =>
    (await sharedGroups(cloud, signal)).map(group => storedImage(group, group.tags?.[imageTag] ?? '')),
  delete: async (id, signal) => {
    const groups = await sharedGroups(cloud, signal);
    const found = groups.find(({ name, tags }) => tags?.[imageTag] === id || name === id);
    if (found?.name === undefined) return false;
    await groupKind.destroy(cloud, { id: found.name, name: found.name, detail: {} }, signal);
    return true;
  },
});

/** A group of its own for each image. */
const uploadShared = (
  cloud: AzureCloud,
  options: AzureOptions,
  image: LocalImage,
  style: ImageStyle,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const { clock, log } = cloud;
  return uploadForMany(
    {
      ...{ platform: 'azure', cloud, kinds, clock, log, site: siteOf(options, cloud) },
      ...{ folder, what: `${image.digest} ${styleName(style)}`, keep: ['group'] },
      upload: async (owner, progress) => {
        const known = progress.created('group');
        const group =
          known === undefined
            ? await createGroup(cloud, 'image', owner, signal)
            : { name: known, tags: owner.tags(known) };
        const place = { group: group.name, tags: group.tags };
        return uploadImage(cloud, image, style, place, folder, signal, progress);
      },
      canGoOn: async (progress, expires) => {
        const group = progress.created('group');
        const disk = progress.noted('written') ?? openDiskOf(progress, clock.now());
        if (group === undefined || disk === undefined) return false;
        return extendGroup(cloud, group, expires, signal);
      },
      share: async (id, expires, groups) => {
        const facts = {
          [tagKeys.shared]: 'yes',
          [tagKeys.digest]: tagValue(image.digest),
          [tagKeys.expires]: epoch(expires),
          [imageTag]: id,
          [archTag]: image.manifest.arch,
          [styleTag]: styleName(style),
        };
        for (const group of groups) await tagGroup(cloud, group, facts, signal);
      },
    },
    signal,
  );
};

/** Whether the group is still there; its lease then goes on. */
const extendGroup = async (
  cloud: AzureCloud,
  group: string,
  expires: number,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    await tagGroup(cloud, group, { [tagKeys.expires]: epoch(expires) }, signal);
    return true;
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return false;
  }
};

const storedImage = (group: ResourceGroup | undefined, id: string): StoredImage => {
  const tags = group?.tags ?? {};
  const created = Number(tags[tagKeys.created]);
  return {
    id,
    name: group?.name ?? '',
    digest: (tags[tagKeys.digest] ?? '').replace('-', ':'),
    arch: tags[archTag] ?? 'amd64',
    created: Number.isNaN(created) ? undefined : created * 1000,
  };
};
