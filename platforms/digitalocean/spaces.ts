import { createReadStream } from 'node:fs';
import { createGzip } from 'node:zlib';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { convertDisk } from '../../src/cloud/image/convert.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { foundResource } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { DoCloud, Spaces } from './connect.ts';
import { presignedGet } from './presign.ts';

/** Seconds during which the vendor may fetch the disk. */
const fetchable = 4 * 3600;
const prefix = 'kola-';

export const needSpaces = ({ spaces }: DoCloud): Spaces => {
  if (spaces !== undefined) return spaces;
  throw new UsageError(
    'do-spaces',
    'DigitalOcean fetches images from an address of its own: a local image needs a bucket of Spaces',
    {
      hint: 'give --do-spaces-bucket with SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY set, or --do-image-url, or --do-image',
    },
  );
};

/** Puts the disk, compressed, where the vendor can fetch it for a while; returns the address. */
export const putDisk = async (
  cloud: DoCloud,
  image: LocalImage,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const { endpoint, bucket, region, keys, s3 } = needSpaces(cloud);
  const disk = await convertDisk(image, 'raw', folder, signal);
  return owner.create('space-object', 'disk', async ({ name, tags }) => {
    const key = `${name}.raw.gz`;
    cloud.log(`Uploading the disk to the bucket ${bucket}`);
    await cloud.calls.call('spaces Upload', signal, async own => {
      // A stream is read once: each try has its own.
      const source = createReadStream(disk);
      const packed = createGzip({ level: 1 });
      source.on('error', error => packed.destroy(error)).pipe(packed);
      try {
        const upload = new Upload({
          client: s3,
          params: { Bucket: bucket, Key: key, Body: packed, Metadata: { ...tags } },
          queueSize: 4,
        });
        own.addEventListener('abort', () => void upload.abort(), { once: true });
        own.throwIfAborted();
        await upload.done();
      } finally {
        source.destroy();
        packed.destroy();
      }
    });
    const now = new Date();
    const value = presignedGet({ endpoint, bucket, key, region, keys, now, expires: fetchable });
    return { id: key, value, detail: { bucket } };
  });
};

/** Objects of `--do-spaces-bucket`; their name follows from the ledger, so that a lost answer loses nothing. */
export const spacesObject: ResourceKind<DoCloud> = {
  kind: 'space-object',
  list: async (cloud, signal) => {
    const { spaces, calls } = cloud;
    if (spaces === undefined) return [];
    const { s3, bucket } = spaces;
    const found: FoundResource[] = [];
    let token: string | undefined;
    do {
      const request = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await calls.call('spaces ListObjectsV2', signal, own =>
        s3.send(request, { abortSignal: own }),
      );
      for (const { Key } of page.Contents ?? []) {
        if (Key === undefined) continue;
        const { Metadata = {} } = await calls.call('spaces HeadObject', signal, own =>
          s3.send(new HeadObjectCommand({ Bucket: bucket, Key }), { abortSignal: own }),
        );
        const resource = foundResource('space-object', Key, Metadata);
        if (resource !== undefined) found.push({ ...resource, detail: { bucket } });
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  },
  find: async (_cloud, name) => [`${name}.raw.gz`],
  destroy: async (cloud, { id, detail }, signal) => {
    const { s3, bucket } = needSpaces(cloud);
    await cloud.calls.call('spaces DeleteObject', signal, own =>
      s3.send(new DeleteObjectCommand({ Bucket: detail.bucket ?? bucket, Key: id }), { abortSignal: own }),
    );
  },
};
