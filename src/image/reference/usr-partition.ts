/** The USR partition: the file system, padded to Flatcar's data size, and the verity tree right behind it. */
import { copyFile, stat, truncate } from 'node:fs/promises';
import { USR_DATA_BLOCKS, USR_HASH_OFFSET, USR_SIZE, VERITY_BLOCK } from './layout.ts';
import { runTool } from './run-tool.ts';

/** Fixed, so that the same recipe gives the same root hash. */
const SALT = '6b6f6c61'.repeat(8);
const UUID = '6b6f6c61-7265-4665-8265-6e6365000001';

/** Turns `usrImage` into `partition`; resolves with the root hash. */
export async function makeUsrPartition(
  usrImage: string,
  partition: string,
  signal?: AbortSignal,
): Promise<string> {
  const { size } = await stat(usrImage);
  if (size > USR_HASH_OFFSET) throw new Error(`/usr is ${size} bytes and does not fit in ${USR_HASH_OFFSET}`);
  await copyFile(usrImage, partition);
  await truncate(partition, USR_SIZE);
  const out = await runTool(
    'veritysetup',
    [
      'format',
      ...[`--hash-offset=${USR_HASH_OFFSET}`, `--data-blocks=${USR_DATA_BLOCKS}`],
      ...[`--data-block-size=${VERITY_BLOCK}`, `--hash-block-size=${VERITY_BLOCK}`],
      ...['--hash=sha256', `--salt=${SALT}`, `--uuid=${UUID}`, partition, partition],
    ],
    { signal },
  );
  const hash = /^Root hash:\s+([0-9a-f]{64})$/m.exec(out)?.[1];
  if (hash === undefined) throw new Error(`veritysetup printed no root hash:\n${out}`);
  return hash;
}
