import { createReadStream } from 'node:fs';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { objectKind, putObject } from '../../src/cloud/s3-bucket.ts';
import { type Bucket, canGoOnWithParts, putParts } from '../../src/cloud/s3-parts.ts';
import type { AwsCloud } from './connect.ts';

const bucketOf = ({ s3, calls }: AwsCloud, name: string): Bucket => ({ s3, calls, service: 's3', name });

/** Puts a file into the bucket, in parts; with `progress` those that another process sent are not sent again. */
export const putFile = (
  cloud: AwsCloud,
  bucket: string,
  file: string,
  owner: Owner,
  signal: AbortSignal,
  progress?: UploadProgress,
): Promise<string> =>
  owner.create('bucket-object', 'disk', async ({ name, tags }) => {
    const place = bucketOf(cloud, bucket);
    if (progress === undefined) await putObject(place, name, () => createReadStream(file), tags, signal);
    else {
      progress.note('object', name);
      await putParts(place, name, file, tags, signal, progress);
    }
    return { id: name, value: name, detail: { bucket } };
  });

/** Whether the parts of {@link putFile} are still there. */
export const canGoOnWithFile = async (
  cloud: AwsCloud,
  bucket: string,
  progress: UploadProgress,
  signal: AbortSignal,
): Promise<boolean> => {
  const name = progress.noted('object');
  return name !== undefined && (await canGoOnWithParts(bucketOf(cloud, bucket), name, progress, signal));
};

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

/** Objects in the bucket of `--aws-bucket`. */
export const bucketObject = objectKind<AwsCloud>({
  kind: 'bucket-object',
  listed: cloud => (cloud.bucket === undefined ? undefined : bucketOf(cloud, cloud.bucket)),
  holding: (cloud, id, said = cloud.bucket) => {
    if (said === undefined) throw new TypeError(`nobody knows the bucket of ${id}`);
    return bucketOf(cloud, said);
  },
});
