import type { Readable } from 'node:stream';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { FoundResource } from '../core/cloud-account.ts';
import { faultOf } from './fault.ts';
import type { ResourceKind } from './kinds.ts';
import { type Bucket, dropParts } from './s3-parts.ts';
import { foundResource, type Tags } from './tags.ts';

/** Names from the ledger begin with it. */
const prefix = 'kola-';

/** Puts an object into a bucket, in parts; tags are its metadata. A stream is read once: each try opens its own. */
export const putObject = (
  { s3, calls, service, name }: Bucket,
  key: string,
  open: () => Readable,
  tags: Tags,
  signal: AbortSignal,
): Promise<void> =>
  calls.call(`${service} Upload`, signal, async own => {
    const body = open();
    try {
      const params = { Bucket: name, Key: key, Body: body, Metadata: { ...tags } };
      const upload = new Upload({ client: s3, params, queueSize: 4 });
      // What was sent is taken back when it is given up.
      own.addEventListener('abort', () => void upload.abort(), { once: true });
      own.throwIfAborted();
      await upload.done();
    } finally {
      body.destroy();
    }
  });

export interface ObjectKind<Cloud> {
  readonly kind: string;
  /** What the names of objects have behind that of the ledger. */
  readonly suffix?: string;
  /** The bucket of this account's runs; undefined = there is none. */
  listed(cloud: Cloud): Bucket | undefined;
  /** The bucket of one object; `said` is what the ledger has of it. Throws when nobody knows. */
  holding(cloud: Cloud, id: string, said: string | undefined): Bucket;
}

/** Objects that runs put into a bucket; their name follows from the ledger, so that a lost answer loses nothing. */
export const objectKind = <Cloud>({
  kind,
  suffix = '',
  listed,
  holding,
}: ObjectKind<Cloud>): ResourceKind<Cloud> => ({
  kind,
  list: async (cloud, signal) => {
    const bucket = listed(cloud);
    if (bucket === undefined) return [];
    const found: FoundResource[] = [];
    for await (const key of keysOf(bucket, signal)) {
      const resource = foundResource(kind, key, await tagsOf(bucket, key, signal));
      if (resource !== undefined) found.push({ ...resource, detail: { bucket: bucket.name } });
    }
    return found;
  },
  find: async (_cloud, name) => [`${name}${suffix}`],
  destroy: async (cloud, { id, detail }, signal) => {
    const bucket = holding(cloud, id, detail.bucket);
    const { s3, calls, service, name } = bucket;
    const request = new DeleteObjectCommand({ Bucket: name, Key: id });
    await calls.call(`${service} DeleteObject`, signal, own => s3.send(request, { abortSignal: own }));
    try {
      await dropParts(bucket, id, signal);
    } catch (error) {
      // Who may not list them has a rule of the bucket for them, or pays for what a killed process left.
      if (faultOf(error)?.kind !== 'permission') throw error;
    }
  },
});

async function* keysOf({ s3, calls, service, name }: Bucket, signal: AbortSignal): AsyncGenerator<string> {
  for (let token: string | undefined; ; ) {
    const further = token === undefined ? {} : { ContinuationToken: token };
    const request = new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ...further });
    const page = await calls.call(`${service} ListObjectsV2`, signal, own =>
      s3.send(request, { abortSignal: own }),
    );
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
    token = page.NextContinuationToken;
    if (token === undefined) return;
  }
}

const tagsOf = async (
  { s3, calls, service, name }: Bucket,
  key: string,
  signal: AbortSignal,
): Promise<Tags> => {
  const request = new HeadObjectCommand({ Bucket: name, Key: key });
  const { Metadata = {} } = await calls.call(`${service} HeadObject`, signal, own =>
    s3.send(request, { abortSignal: own }),
  );
  return Metadata;
};
