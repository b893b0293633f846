import { createReadStream } from 'node:fs';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { foundResource } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import type { AwsCloud } from './connect.ts';

/** Names of the objects; names from the ledger begin with it as well. */
const prefix = 'kola-';

/** Puts a file into the bucket, in parts. The tags are the object's metadata. */
export const putFile = (
  { s3, calls }: AwsCloud,
  bucket: string,
  file: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('bucket-object', 'disk', async ({ name, tags }) => {
    await calls.call('s3 Upload', signal, async own => {
      const request = { Bucket: bucket, Key: name, Body: createReadStream(file), Metadata: { ...tags } };
      const upload = new Upload({ client: s3, params: request, queueSize: 4 });
      // What was sent is taken back when it is given up.
      own.addEventListener('abort', () => void upload.abort(), { once: true });
      own.throwIfAborted();
      await upload.done();
    });
    return { id: name, value: name, detail: { bucket } };
  });

/** Puts a config where a machine with an instance profile can read it; the bucket need not be public. */
export const putConfig = (
  { s3, calls }: AwsCloud,
  bucket: string,
  text: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('bucket-object', 'user-data', async ({ name, tags }) => {
    const request = new PutObjectCommand({ Bucket: bucket, Key: name, Body: text, Metadata: { ...tags } });
    await calls.call('s3 PutObject', signal, own => s3.send(request, { abortSignal: own }));
    return { id: name, value: `s3://${bucket}/${name}`, detail: { bucket } };
  });

/** Objects in the bucket of `--aws-bucket`; their name is their id, so that a lost answer loses nothing. */
export const bucketObject: ResourceKind<AwsCloud> = {
  kind: 'bucket-object',
  list: async (cloud, signal) => {
    const { s3, calls, bucket } = cloud;
    if (bucket === undefined) return [];
    const found: FoundResource[] = [];
    let token: string | undefined;
    do {
      const request = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await calls.call('s3 ListObjectsV2', signal, own =>
        s3.send(request, { abortSignal: own }),
      );
      for (const { Key } of page.Contents ?? [])
        found.push(...(await describeObject(cloud, bucket, Key, signal)));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  },
  find: async (_cloud, name) => [name],
  destroy: async ({ s3, calls, bucket }, { id, detail }, signal) => {
    const place = detail.bucket ?? bucket;
    if (place === undefined) throw new TypeError(`nobody knows the bucket of ${id}`);
    await calls.call('s3 DeleteObject', signal, own =>
      s3.send(new DeleteObjectCommand({ Bucket: place, Key: id }), { abortSignal: own }),
    );
  },
};

const describeObject = async (
  { s3, calls }: AwsCloud,
  bucket: string,
  key: string | undefined,
  signal: AbortSignal,
): Promise<readonly FoundResource[]> => {
  if (key === undefined) return [];
  const { Metadata = {} } = await calls.call('s3 HeadObject', signal, own =>
    s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: own }),
  );
  const found = foundResource('bucket-object', key, Metadata);
  return found === undefined ? [] : [{ ...found, detail: { bucket } }];
};
