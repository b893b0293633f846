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

const descriptionSchema = factsSchema.extend({
  files: z.record(z.string(), z.object({ size: z.number(), checksum: z.number() })),
});
export type SnapshotDescription = z.infer<typeof descriptionSchema>;

export const readDescription = async (path: string): Promise<SnapshotDescription> =>
  descriptionSchema.parse(JSON.parse(await readFile(path, 'utf8')));

export const describeFiles = async (
  folder: string,
  names: readonly string[],
): Promise<SnapshotDescription['files']> => {
  const described = await Promise.all(
    names.map(async name => [name, await describeFile(join(folder, name))] as const),
  );
  return Object.fromEntries(described);
};

/** Rejects when a file of a snapshot is missing or is not as it was. */
export const verifyFiles = async (folder: string, { files, image }: SnapshotDescription): Promise<void> => {
  await stat(image);
  const found = await describeFiles(folder, Object.keys(files));
  for (const [name, { size, checksum }] of Object.entries(files))
    if (found[name]?.size !== size || found[name].checksum !== checksum)
      throw new ProvisioningError(
        'snapshot-damaged',
        `expected ${name} of ${size} bytes with checksum ${checksum}, found ${found[name]?.size} with ${found[name]?.checksum} in ${folder}`,
      );
};

const blockBytes = 2 ** 20;
const zeros = Buffer.alloc(blockBytes);

/**
 * Size, and CRC-32 of the blocks that are not empty, with their places: guest memory is mostly holes. It finds what
 * a disk or a power cut did to a file; that nobody changes it on purpose is what the folder's mode is for.
 */
const describeFile = async (path: string): Promise<{ size: number; checksum: number }> => {
  await using file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(blockBytes);
  let checksum = 0;
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, blockBytes, size);
    if (bytesRead === 0) return { size, checksum };
    const block = buffer.subarray(0, bytesRead);
    if (!block.equals(zeros.subarray(0, bytesRead))) checksum = crc32(block, crc32(String(size), checksum));
    size += bytesRead;
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
