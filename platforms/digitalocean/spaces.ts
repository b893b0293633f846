import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { convertDisk } from '../../src/cloud/image/convert.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { objectKind, putObject } from '../../src/cloud/s3-bucket.ts';
import type { Bucket } from '../../src/cloud/s3-parts.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { DoCloud, Spaces } from './connect.ts';
import { presignedGet } from './presign.ts';

/** Seconds during which the vendor may fetch the disk. */
const fetchable = 4 * 3600;
const suffix = '.raw.gz';

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

const bucketOf = (cloud: DoCloud, said?: string): Bucket => {
  const { s3, bucket } = needSpaces(cloud);
  return { s3, calls: cloud.calls, service: 'spaces', name: said ?? bucket };
};

/** A disk as a stream of gzip, which ends with its source and takes it along. */
const packed = (disk: string): Readable => {
  const source = createReadStream(disk);
  const gzip = createGzip({ level: 1 });
  source.on('error', error => gzip.destroy(error)).pipe(gzip);
  return gzip.once('close', () => source.destroy());
};

/** Puts the disk, compressed, where the vendor can fetch it for a while; returns the address. */
export const putDisk = async (
  cloud: DoCloud,
  image: LocalImage,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const { endpoint, bucket, region, keys } = needSpaces(cloud);
  const disk = await convertDisk(image, 'raw', folder, signal);
  return owner.create('space-object', 'disk', async ({ name, tags }) => {
    const key = `${name}${suffix}`;
    cloud.log(`Uploading the disk to the bucket ${bucket}`);
    await putObject(bucketOf(cloud), key, () => packed(disk), tags, signal);
    const now = new Date();
    const value = presignedGet({ endpoint, bucket, key, region, keys, now, expires: fetchable });
    return { id: key, value, detail: { bucket } };
  });
};

/** Objects of `--do-spaces-bucket`. */
export const spacesObject = objectKind<DoCloud>({
  kind: 'space-object',
  suffix,
  listed: cloud => (cloud.spaces === undefined ? undefined : bucketOf(cloud)),
  holding: (cloud, _id, said) => bucketOf(cloud, said),
});
