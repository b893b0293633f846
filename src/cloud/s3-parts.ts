import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import PQueue from 'p-queue';
import type { ApiCalls } from './calls.ts';
import { faultOf } from './fault.ts';
import { type Block, blocksOf, openDiskFile } from './image/blocks.ts';
import type { UploadProgress } from './image/journal.ts';
import type { Tags } from './tags.ts';

/** A bucket of S3, or of a store that speaks its protocol. */
export interface Bucket {
  readonly s3: S3Client;
  readonly calls: ApiCalls;
  /** What calls to it are called: `s3`, `spaces`. */
  readonly service: string;
  readonly name: string;
}

/** Bytes; a disk of 80 GB has the most parts that there may be (10,000). */
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 4;

/** Under which the id of an upload is noted. */
const noteKey = 'multipart';

/** Milliseconds that taking parts back may take, also of an upload that was called off. */
const dropLimit = 30_000;

/**
 * Puts a file into a bucket; parts that another process sent are not sent again. Tags are the object's metadata. When it fails
 * nothing stays.
 */
export const putParts = async (
  bucket: Bucket,
  key: string,
  file: string,
  tags: Tags,
  signal: AbortSignal,
  progress: UploadProgress,
): Promise<void> => {
  const upload = { key, id: progress.noted(noteKey) ?? (await beginUpload(bucket, key, tags, signal)) };
  progress.note(noteKey, upload.id);
  try {
    await finish(bucket, upload, await sendMissing(bucket, upload, file, signal), signal);
  } catch (error) {
    await dropParts(bucket, key, AbortSignal.timeout(dropLimit)).catch(() => {
      // The reason for the failure is what the caller has to know.
    });
    throw error;
  }
};

/** Resolves to the tags of all parts by their numbers. */
const sendMissing = async (
  bucket: Bucket,
  upload: PartsUpload,
  file: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string | undefined>> => {
  await using source = await openDiskFile(file);
  const etags = new Map(await partsThere(bucket, upload, signal));
  const queue = new PQueue({ concurrency: partsAtOnce });
  const send = async ({ index, offset, length }: Block): Promise<void> => {
    signal.throwIfAborted();
    const Body = await source.read(offset, length);
    const request = new UploadPartCommand({ ...placeOf(bucket, upload), PartNumber: index + 1, Body });
    const { ETag } = await call(bucket, 'UploadPart', signal, own =>
      bucket.s3.send(request, { abortSignal: own }),
    );
    etags.set(index + 1, ETag);
  };
  let failed = false;
  const sendUnlessFailed = async (block: Block): Promise<void> => {
    // Those on their way come to an end, and no further one begins.
    if (failed) return;
    try {
      await send(block);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const missing = blocksOf(source.size, partBytes).filter(({ index }) => !etags.has(index + 1));
  const ends = await Promise.allSettled(missing.map(block => queue.add(() => sendUnlessFailed(block))));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return etags;
};

const finish = async (
  bucket: Bucket,
  upload: PartsUpload,
  etags: ReadonlyMap<number, string | undefined>,
  signal: AbortSignal,
): Promise<void> => {
  const { s3, name } = bucket;
  const Parts = [...etags].sort(([a], [b]) => a - b).map(([PartNumber, ETag]) => ({ PartNumber, ETag }));
  const request = new CompleteMultipartUploadCommand({
    ...placeOf(bucket, upload),
    MultipartUpload: { Parts },
  });
  try {
    await call(bucket, 'CompleteMultipartUpload', signal, own => s3.send(request, { abortSignal: own }));
  } catch (error) {
    // The answer to a first try was lost: then the object is there instead of its parts.
    if (faultOf(error)?.kind !== 'not-found') throw error;
    const object = new HeadObjectCommand({ Bucket: name, Key: upload.key });
    await call(bucket, 'HeadObject', signal, own => s3.send(object, { abortSignal: own }));
  }
};

interface PartsUpload {
  readonly key: string;
  readonly id: string;
}

const placeOf = (
  { name }: Bucket,
  { key, id }: PartsUpload,
): { Bucket: string; Key: string; UploadId: string } => ({
  ...{ Bucket: name, Key: key, UploadId: id },
});

const call = <T>(
  { calls, service }: Bucket,
  action: string,
  signal: AbortSignal,
  make: (signal: AbortSignal) => Promise<T>,
): Promise<T> => calls.call(`${service} ${action}`, signal, make);

const beginUpload = async (bucket: Bucket, key: string, tags: Tags, signal: AbortSignal): Promise<string> => {
  const request = new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: key, Metadata: { ...tags } });
  const { UploadId } = await call(bucket, 'CreateMultipartUpload', signal, own =>
    bucket.s3.send(request, { abortSignal: own }),
  );
  return UploadId ?? '';
};

/** Numbers of the parts that have arrived, with their tags. */
const partsThere = async (
  bucket: Bucket,
  upload: PartsUpload,
  signal: AbortSignal,
): Promise<readonly (readonly [number: number, etag: string | undefined])[]> => {
  const found: (readonly [number, string | undefined])[] = [];
  for (let marker: string | undefined; ; ) {
    const request = new ListPartsCommand({
      ...placeOf(bucket, upload),
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    });
    const page = await call(bucket, 'ListParts', signal, own =>
      bucket.s3.send(request, { abortSignal: own }),
    );
    for (const { PartNumber, ETag } of page.Parts ?? []) found.push([PartNumber ?? 0, ETag]);
    marker = page.NextPartNumberMarker;
    if (page.IsTruncated !== true || marker === undefined) return found;
  }
};

/** Whether {@link putParts} can go on with what another process began. */
export const canGoOnWithParts = async (
  bucket: Bucket,
  key: string,
  progress: UploadProgress,
  signal: AbortSignal,
): Promise<boolean> => {
  const id = progress.noted(noteKey);
  if (id === undefined) return false;
  try {
    await partsThere(bucket, { key, id }, signal);
    return true;
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return false;
  }
};

/** Takes back what lies in a bucket as parts of an object that was never finished: it is listed nowhere, and costs. */
export const dropParts = async (bucket: Bucket, key: string, signal: AbortSignal): Promise<void> => {
  const request = new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix: key });
  const { Uploads = [] } = await call(bucket, 'ListMultipartUploads', signal, own =>
    bucket.s3.send(request, { abortSignal: own }),
  );
  for (const { Key, UploadId = '' } of Uploads)
    if (Key === key) await abortUpload(bucket, { key, id: UploadId }, signal);
};

/** Fine when it is gone: another process may take it back as well. */
const abortUpload = async (bucket: Bucket, upload: PartsUpload, signal: AbortSignal): Promise<void> => {
  const request = new AbortMultipartUploadCommand(placeOf(bucket, upload));
  try {
    await call(bucket, 'AbortMultipartUpload', signal, own => bucket.s3.send(request, { abortSignal: own }));
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
  }
};
