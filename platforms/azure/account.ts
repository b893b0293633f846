import type { ResourceGroup } from '@azure/arm-resources';
import { collectorOf } from '../../src/cloud/gc.ts';
import { tearDown } from '../../src/cloud/kinds.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import { makeOwner } from '../../src/cloud/owner.ts';
import { passingLedger } from '../../src/cloud/passing-ledger.ts';
import { epoch, ownerName, tagKeys, tagValue } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import { brandId, type RunId, randomIds } from '../../src/core/ids.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import { type AzureCloud, connect, siteOf } from './connect.ts';
import { collect, createGroup, groupKind, tagGroup } from './group.ts';
import { type ImageStyle, styleOf, uploadImage } from './image.ts';
import { kinds } from './machines.ts';
import type { AzureOptions } from './options.ts';

/** Milliseconds that an image for many runs is kept. */
const imageLife = 30 * 24 * 3_600_000;

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

/** A group of its own for each image. All is taken back when the upload fails. */
const uploadShared = async (
  cloud: AzureCloud,
  options: AzureOptions,
  image: LocalImage,
  style: ImageStyle,
  stateDir: string,
  signal: AbortSignal,
): Promise<string> => {
  const run = brandId<RunId>(randomIds.next());
  const ledger = passingLedger(run, 'azure');
  const { clock, log } = cloud;
  const created = clock.now();
  const tagFacts = () => ({ run, owner: ownerName(), created, expires: created + leaseLength });
  const owner = makeOwner({ ledger, site: siteOf(options, cloud), tagFacts });
  try {
    const { name, tags } = await createGroup(cloud, 'image', owner, signal);
    const id = await uploadImage(cloud, image, style, { group: name, tags }, stateDir, signal);
    const more = {
      [tagKeys.shared]: 'yes',
      [tagKeys.digest]: tagValue(image.digest),
      [tagKeys.expires]: epoch(clock.now() + imageLife),
      [imageTag]: id,
      [archTag]: image.manifest.arch,
      [styleTag]: styleName(style),
    };
    await tagGroup(cloud, name, more, signal);
    return id;
  } catch (error) {
    const late = AbortSignal.timeout(120_000);
    await tearDown(ledger.open(), { cloud, kinds, clock, signal: late, log }, ledger.release).catch(() => {
      // Said in the log; the reason for the failure is what the caller has to know.
    });
    throw error;
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
