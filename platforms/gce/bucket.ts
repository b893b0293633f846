import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { faultOf } from '../../src/cloud/fault.ts';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { foundResource, managedBy, tagKeys } from '../../src/cloud/tags.ts';
import { poll } from '../../src/core/poll.ts';
import type { GceCloud } from './connect.ts';
import { obey } from './requests.ts';

/** The only object in a bucket of ours. */
const objectName = 'disk.tar.gz';
/** Milliseconds for uploads that were called off to come to an end. */
const emptying = 30_000;

/** Bytes of a request, in whole 256 KiB: what arrived of one that was cut off is not counted. */
const pieceBytes = 16 * 1024 * 1024;

/** Makes a bucket for one file and puts it there; resolves to the address that an image is made from. */
export const putFile = async (
  cloud: GceCloud,
  file: string,
  owner: Owner,
  signal: AbortSignal,
  progress?: UploadProgress,
): Promise<string> => {
  const { storage, calls } = cloud;
  const bucket = progress?.created('bucket') ?? (await createBucket(cloud, owner, signal));
  let session = progress?.noted('session');
  await calls.call('storage objects.insert', signal, async own => {
    const object = storage.bucket(bucket).file(objectName);
    // The answer to the last piece may have been lost.
    if (session !== undefined && (await obey(object.exists(), own))[0]) return;
    if (session === undefined) {
      [session] = await obey(object.createResumableUpload(), own);
      progress?.note('session', session);
    }
    // The address of the session is the permission to write there. What it has already is asked first.
    const upload = object.createWriteStream({
      ...{ uri: session, resumable: true, validation: false, chunkSize: pieceBytes },
    });
    await pipeline(createReadStream(file), upload, { signal: own });
  });
  return `https://storage.googleapis.com/${bucket}/${objectName}`;
};

const createBucket = (
  { storage, calls, region }: GceCloud,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('bucket', 'bucket', async ({ name, tags }) => {
    const request = {
      labels: { ...tags },
      location: region,
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
      // Deleted objects would be kept, and paid, for a week.
      softDeletePolicy: { retentionDurationSeconds: 0 },
    };
    try {
      await calls.call(
        'storage buckets.insert',
        signal,
        own => obey(storage.createBucket(name, request), own),
        { creates: true },
      );
    } catch (error) {
      // The answer to a first try was lost: the name is ours and taken.
      if (faultOf(error)?.kind !== 'exists' && faultOf(error)?.status !== 409) throw error;
    }
    return { id: name, value: name };
  });

/** Buckets with what is in them; their name is their id. */
export const bucketKind: ResourceKind<GceCloud> = {
  kind: 'bucket',
  list: async ({ storage, calls }, signal, run) => {
    const [buckets] = await calls.call('storage buckets.list', signal, own =>
      obey(storage.getBuckets({ prefix: `kola-${run ?? ''}` }), own),
    );
    return buckets.flatMap(({ name, metadata }) => {
      const labels = metadata.labels ?? {};
      if (labels[tagKeys.managedBy] !== managedBy) return [];
      const texts = Object.entries(labels).map(([key, value]) => [key, String(value)] as const);
      return foundResource('bucket', name, Object.fromEntries(texts)) ?? [];
    });
  },
  destroy: async ({ storage, calls, clock }, { id }, signal) => {
    const bucket = storage.bucket(id);
    const quietly = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
      } catch (error) {
        if (faultOf(error)?.kind !== 'not-found') throw error;
      }
    };
    // An upload that was called off may still reach its end, after the object was deleted.
    await poll(
      { every: 1000, until: emptying, signal, clock, what: `bucket ${id} to be empty` },
      async () => {
        await quietly(
          calls.call('storage objects.delete', signal, own => obey(bucket.file(objectName).delete(), own)),
        );
        try {
          await quietly(calls.call('storage buckets.delete', signal, own => obey(bucket.delete(), own)));
        } catch (error) {
          if (faultOf(error)?.status === 409) return { pending: 'an object was there again' };
          throw error;
        }
        return { done: undefined };
      },
    );
  },
};

/** Writes a later end of lease on a bucket. */
export const renewBucket = async (
  { storage, calls }: GceCloud,
  id: string,
  expires: string,
  signal: AbortSignal,
): Promise<void> => {
  await calls.call('storage buckets.patch', signal, own =>
    obey(storage.bucket(id).setLabels({ [tagKeys.expires]: expires }), own),
  );
};
