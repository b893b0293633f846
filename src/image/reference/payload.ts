/** An update payload of the reference guest: what one slot consists of, in the order in which the guest writes it. */
import { copyFile, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { USR_HASH_OFFSET, USR_SIZE } from './layout.ts';
import { runTool } from './run-tool.ts';

export interface PayloadInput {
  readonly workDir: string;
  /** Where the payload goes. */
  readonly payload: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The file system of /usr, and the partition with its verity tree. */
  readonly usrImage: string;
  readonly usrPartition: string;
  readonly usrHash: string;
}

/** Kernel and initrd first: a full EFI system partition is noticed before the slot is written. */
const MEMBERS = ['vmlinuz', 'initrd', 'usr.cfg', 'usr.squashfs', 'usr.tree'];

export async function makePayload(input: PayloadInput, signal?: AbortSignal): Promise<void> {
  const dir = join(input.workDir, 'payload');
  const at = (name: string): string => join(dir, name);
  await runTool('mkdir', [dir], { signal });
  await copyFile(input.kernel, at('vmlinuz'));
  await copyFile(input.initrd, at('initrd'));
  await writeFile(at('usr.cfg'), usrConfig(input.usrHash));
  await rename(input.usrImage, at('usr.squashfs'));
  await writeFile(at('usr.tree'), await readTree(input.usrPartition));
  await runTool(
    'tar',
    ['--format=ustar', '--owner=0', '--group=0', '--mtime=@0', '-C', dir, '-cf', input.payload, ...MEMBERS],
    { signal },
  );
}

/** The file on the EFI system partition that tells GRUB a slot's root hash. */
export const usrConfig = (hash: string): string => `set usrhash=${hash}\n`;

async function readTree(partition: string): Promise<Buffer> {
  await using file = await open(partition, 'r');
  const tree = Buffer.alloc(USR_SIZE - USR_HASH_OFFSET);
  const { bytesRead } = await file.read(tree, 0, tree.length, USR_HASH_OFFSET);
  if (bytesRead !== tree.length)
    throw new Error(`${partition} ends ${tree.length - bytesRead} bytes too early`);
  return tree;
}
