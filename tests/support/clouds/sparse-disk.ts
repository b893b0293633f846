import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const block = 1 << 20;
const zeros = Buffer.alloc(block);

/**
 * Writes a disk to a file with holes where it is zero: real disks are larger than memory should be.
 * The source is listened to from the call on: one that fails before the file is open has somebody to tell.
 */
export const writeDisk = async (from: Readable, file: string, packed: boolean): Promise<void> => {
  const unpack = packed ? createGunzip({ chunkSize: block }) : new PassThrough();
  await pipeline(from, unpack, async source => {
    await using disk = await open(file, 'w');
    let at = 0;
    for await (const piece of source) {
      const bytes: Buffer = piece;
      const isHole = bytes.length <= block && bytes.equals(zeros.subarray(0, bytes.length));
      if (!isHole) await disk.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
    await disk.truncate(at);
  });
};

/** A copy that keeps the holes. */
export const copyDisk = (from: string, to: string): void => {
  execFileSync('cp', ['--sparse=always', '--reflink=auto', from, to]);
};
