import { collectorOf } from '../../src/cloud/gc.ts';
import { tearDown } from '../../src/cloud/kinds.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import { makeOwner } from '../../src/cloud/owner.ts';
import { passingLedger } from '../../src/cloud/passing-ledger.ts';
import { epoch, ownerName, tagKeys } from '../../src/cloud/tags.ts';
import type { CloudAccount, ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import { brandId, type RunId, randomIds } from '../../src/core/ids.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { AccountContext } from '../../src/core/platform.ts';
import type { Image } from './api.ts';
import { connect, type GceCloud, siteOf } from './connect.ts';
import { describeImage, digestLabel, findShared, listShared, uploadImage } from './image.ts';
import { kinds } from './kinds.ts';
import { labelImage } from './lease.ts';
import type { GceOptions } from './options.ts';

/** Milliseconds that an image for many runs is kept. */
const imageLife = 30 * 24 * 3_600_000;

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

/** Everything is taken back when the upload fails; when this process dies, the lease in the labels runs out. */
const uploadShared = async (
  cloud: GceCloud,
  options: GceOptions,
  image: LocalImage,
  stateDir: string,
  signal: AbortSignal,
): Promise<string> => {
  const run = brandId<RunId>(randomIds.next());
  const ledger = passingLedger(run, 'gce');
  const { clock, log } = cloud;
  const created = clock.now();
  const tagFacts = () => ({ run, owner: ownerName(), created, expires: created + leaseLength });
  const owner = makeOwner({ ledger, site: siteOf(options, cloud), tagFacts });
  const place = { cloud, kinds, clock, log };
  try {
    const name = await uploadImage(cloud, image, owner, stateDir, signal);
    const labels = {
      [tagKeys.shared]: 'yes',
      [tagKeys.digest]: digestLabel(image),
      [tagKeys.expires]: epoch(clock.now() + imageLife),
    };
    await labelImage(cloud, name, labels, signal);
    await awaitListed(cloud, image, signal);
    // The image stands without the bucket that it came through.
    const rest = ledger.open().filter(({ kind }) => kind !== 'image');
    await tearDown(rest, { ...place, signal }, ledger.release);
    return name;
  } catch (error) {
    const late = AbortSignal.timeout(120_000);
    await tearDown(ledger.open(), { ...place, signal: late }, ledger.release).catch(() => {
      // Said in the log; the reason for the failure is what the caller has to know.
    });
    throw error;
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
