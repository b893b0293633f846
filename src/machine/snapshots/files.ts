import { execFile } from 'node:child_process';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { ProvisioningError } from '../../core/errors.ts';

const run = promisify(execFile);

/** What a person wants to know about a snapshot; its name says the same to kola. */
const factsSchema = z.object({
  /** The image that its disk is an overlay of. */
  image: z.string(),
  qemu: z.string(),
  accelerator: z.string(),
  memoryMiB: z.number(),
});
export type SnapshotFacts = z.infer<typeof factsSchema>;

const fileSchema = z.object({
  /** Bytes. */
  size: z.number(),
  /** First block and number of blocks of each run that is not empty: guest memory is mostly holes. */
  runs: z.array(z.tuple([z.number(), z.number()])),
  /** CRC-32 of the runs with their places. */
  checksum: z.number(),
});
type FileDescription = z.infer<typeof fileSchema>;

const descriptionSchema = factsSchema.extend({ files: z.record(z.string(), fileSchema) });
export type SnapshotDescription = z.infer<typeof descriptionSchema>;

export const readDescription = async (path: string): Promise<SnapshotDescription> =>
  descriptionSchema.parse(JSON.parse(await readFile(path, 'utf8')));

/** Bytes of a file that are no hole. */
export interface Extent {
  readonly start: number;
  readonly length: number;
}
/**
 * Finds the extents of a file of `size` bytes, in order. Node cannot ask for them, and reading holes is slow: the kernel
 * makes empty pages of them.
 */
export type FindData = (path: string, size: number) => Promise<readonly Extent[]>;
const wholeFile: FindData = async (_, size) => [{ start: 0, length: size }];

const blockBytes = 2 ** 16;
/** Read at once. */
const mostBlocks = 16;
const zeros = Buffer.alloc(blockBytes);

/**
 * Describes files well enough to find what a disk or a power cut did to them; that nobody changes them on purpose is
 * what the folder's mode is for.
 */
export const describeFiles = async (
  folder: string,
  names: readonly string[],
  findData: FindData = wholeFile,
): Promise<SnapshotDescription['files']> => {
  const described: [string, FileDescription][] = [];
  for (const name of names) {
    const path = join(folder, name);
    const { size } = await stat(path);
    const runs = await fullRuns(path, await findData(path, size));
    described.push([name, { size, runs, checksum: await checksumOf(path, runs) }]);
  }
  return Object.fromEntries(described);
};

/** Rejects when the image or a file of a snapshot is missing, or a file is not as it was. Holes are not read. */
export const verifyFiles = async (folder: string, { files, image }: SnapshotDescription): Promise<void> => {
  await stat(image);
  for (const [name, expected] of Object.entries(files)) {
    const path = join(folder, name);
    const { size } = await stat(path);
    const found = size === expected.size ? await checksumOf(path, expected.runs) : undefined;
    if (found !== expected.checksum)
      throw new ProvisioningError(
        'snapshot-damaged',
        `expected ${expected.size} bytes with checksum ${expected.checksum}, found ${size} with ${found ?? 'another'}: ${path}`,
      );
  }
};

/** The runs of blocks in the extents that hold anything but zeros. */
const fullRuns = async (path: string, extents: readonly Extent[]): Promise<FileDescription['runs']> => {
  const runs: FileDescription['runs'] = [];
  let next = 0;
  const touched = extents.map(({ start, length }): [number, number] => {
    const first = Math.max(next, Math.floor(start / blockBytes));
    next = Math.max(next, Math.ceil((start + length) / blockBytes));
    return [first, next - first];
  });
  await eachBlock(path, touched, (block, index) => {
    if (block.equals(zeros.subarray(0, block.length))) return;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === index) last[1]++;
    else runs.push([index, 1]);
  });
  return runs;
};

const checksumOf = async (path: string, runs: FileDescription['runs']): Promise<number> => {
  let checksum = 0;
  await eachBlock(path, runs, (block, index) => {
    checksum = crc32(block, crc32(String(index), checksum));
  });
  return checksum;
};

const eachBlock = async (
  path: string,
  runs: FileDescription['runs'],
  see: (block: Buffer, index: number) => void,
): Promise<void> => {
  await using file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(mostBlocks * blockBytes);
  for (const [first, count] of runs)
    for (let index = first; index < first + count; index += mostBlocks) {
      const wanted = Math.min(mostBlocks, first + count - index) * blockBytes;
      const { bytesRead } = await file.read(buffer, 0, wanted, index * blockBytes);
      for (let at = 0; at < bytesRead; at += blockBytes)
        see(buffer.subarray(at, Math.min(at + blockBytes, bytesRead)), index + at / blockBytes);
    }
};

/** Bytes that files take on the disk, holes not counted. Those that are missing take none. */
export const diskUse = async (paths: readonly string[]): Promise<number> => {
  const sizes = await Promise.all(
    paths.map(path =>
      stat(path).then(
        facts => facts.blocks * 512,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** Moves a file, to another file system too; its holes stay holes. */
export const moveFile = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await run('cp', ['--sparse=always', '--', from, to]);
    await rm(from);
  }
};
