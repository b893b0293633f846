import type { FileHandle } from 'node:fs/promises';

/** Reads a disk as the guest sees it, whatever the file's format. */
export interface DiskReader {
  /** Bytes that the guest sees. */
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer at the end of the disk. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Reads up to `length` bytes; a short answer means the end of the file. */
export const readAt = async (file: FileHandle, offset: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
};

export const rawReader = async (file: FileHandle): Promise<DiskReader> => {
  const { size } = await file.stat();
  return { size, read: (offset, length) => readAt(file, offset, length) };
};
