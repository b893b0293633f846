import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { UsageError } from '../core/errors.ts';
import { readAt } from './disk-reader.ts';

const headerBytes = 30;
const stored = 0;
const deflated = 8;

/**
 * The content of the first file of a zip archive (PKWARE APPNOTE 6.3.10, §4.3.7): releases pack one disk in each. Its end is
 * told by the compression itself, so that archives written to a pipe can be read, too.
 */
export const readZip = async (
  path: string,
): Promise<{ readonly content: Readable; readonly inflate: boolean }> => {
  await using file = await open(path, 'r');
  const header = await readAt(file, 0, headerBytes);
  const method = header.length < headerBytes ? -1 : header.readUInt16LE(8);
  if (header.toString('latin1', 0, 4) !== 'PK\x03\x04' || (method !== stored && method !== deflated))
    throw new UsageError(
      'image-damaged',
      `${path} is no zip archive that can be unpacked (method ${method})`,
      {
        hint: 'unpack it by hand',
      },
    );
  const start = headerBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (method === deflated)
    return { content: createReadStream(path, { start, highWaterMark: 1 << 20 }), inflate: true };
  const size = header.readUInt32LE(18);
  return { content: createReadStream(path, { start, end: start + Math.max(0, size - 1) }), inflate: false };
};
