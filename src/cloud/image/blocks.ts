import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import PQueue from 'p-queue';
import type { UploadProgress } from './journal.ts';

/** A piece of a disk that holds something. */
export interface Block {
  readonly index: number;
  /** Byte offset on the disk. */
  readonly offset: number;
  /** Bytes; the last block may be shorter. */
  readonly length: number;
}

/** The largest block of any cloud: one comparison of memory instead of a loop over bytes. */
const zeroes = Buffer.alloc(4 << 20);

export const isZero = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < bytes.length; at += zeroes.length) {
    const piece = bytes.subarray(at, at + zeroes.length);
    if (Buffer.compare(piece, zeroes.subarray(0, piece.length)) !== 0) return false;
  }
  return true;
};

/** Where a disk is read from; a file in production. */
export interface DiskSource {
  readonly size: number;
  /** Fewer bytes at the end of the disk only. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** All blocks of a disk, in order, whatever they hold. */
export const blocksOf = (size: number, blockBytes: number): readonly Block[] =>
  Array.from({ length: Math.ceil(size / blockBytes) }, (_, index) => {
    const offset = index * blockBytes;
    return { index, offset, length: Math.min(blockBytes, size - offset) };
  });

export interface BlockUpload {
  readonly source: DiskSource;
  readonly blockBytes: number;
  /** Uploads at once. */
  readonly parallel: number;
  /** What is there already, from an upload that was cut short; told of what arrives now. */
  readonly journal?: Pick<UploadProgress, 'blocks' | 'arrived'> | undefined;
  readonly put: (block: Block, bytes: Uint8Array) => Promise<void>;
  /** Called after each block with the part of the disk that is behind, 0…1. */
  readonly progress?: (part: number) => void;
  readonly signal: AbortSignal;
}

/** Uploads the blocks that hold something; resolves to the number of blocks that the disk consists of then. */
export const uploadBlocks = async (upload: BlockUpload): Promise<number> => {
  const { source, blockBytes, journal, signal } = upload;
  const done = new Set(journal?.blocks);
  const queue = new PQueue({ concurrency: upload.parallel });
  const blocks = blocksOf(source.size, blockBytes);
  let written = 0;
  let failure: { readonly error: unknown } | undefined;
  for (const block of blocks) {
    signal.throwIfAborted();
    if (failure !== undefined) break;
    upload.progress?.(block.index / blocks.length);
    if (done.has(block.index)) {
      written += 1;
      continue;
    }
    const bytes = await source.read(block.offset, block.length);
    if (isZero(bytes)) continue;
    written += 1;
    // No more is read than is being sent.
    await queue.onSizeLessThan(upload.parallel);
    void queue
      .add(async () => {
        if (failure !== undefined) return;
        await upload.put(block, bytes);
        journal?.arrived(block.index);
      })
      .catch(error => {
        failure ??= { error };
      });
  }
  await queue.onIdle();
  if (failure !== undefined) throw failure.error;
  signal.throwIfAborted();
  upload.progress?.(1);
  return written;
};

/** A raw disk in a file. The buffer of a block is its own: blocks are sent side by side. */
export const openDiskFile = async (path: string): Promise<DiskSource & AsyncDisposable> => {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    read: async (offset, length) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
};

export const sha256Base64 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64');

/** Says how far it got, each tenth once. */
export const tenths = (what: string, log: (line: string) => void): ((part: number) => void) => {
  let said = 0;
  return part => {
    const tenth = Math.floor(part * 10);
    if (tenth <= said) return;
    said = tenth;
    log(`${what}: ${tenth * 10} %`);
  };
};
