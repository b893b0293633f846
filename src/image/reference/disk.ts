/** Puts the parts together into one raw disk: table, partitions, boot code. No loop device, no mount. */
import { open, truncate, writeFile } from 'node:fs/promises';
import { diskBytes, partitionNumbered, SECTOR, sgdiskArguments } from './layout.ts';
import { runTool } from './run-tool.ts';

export interface DiskInput {
  readonly disk: string;
  /** Partition number → image file to put there. */
  readonly parts: Readonly<Record<number, string>>;
  readonly bios: { readonly sector: Buffer; readonly core: Buffer } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const BIOS_BOOT = 2;
const USR_A = '3';

export async function makeDisk(input: DiskInput): Promise<void> {
  const { disk, signal } = input;
  await writeFile(disk, '');
  await truncate(disk, diskBytes());
  await runTool('sgdisk', sgdiskArguments(disk), { signal });
  await runTool('cgpt', ['add', '-i', USR_A, '-P1', '-S1', '-T0', disk], { signal });
  for (const [number, file] of Object.entries(input.parts)) {
    const seek = (partitionNumbered(Number(number)).firstSector * SECTOR) / (1024 * 1024);
    await runTool(
      'dd',
      [`if=${file}`, `of=${disk}`, 'bs=1M', `seek=${seek}`, 'conv=notrunc,sparse', 'status=none'],
      { signal },
    );
  }
  if (input.bios === undefined) return;
  const file = await open(disk, 'r+');
  try {
    await file.write(input.bios.sector, 0, input.bios.sector.length, 0);
    await file.write(
      input.bios.core,
      0,
      input.bios.core.length,
      partitionNumbered(BIOS_BOOT).firstSector * SECTOR,
    );
  } finally {
    await file.close();
  }
}

/** An empty ext4 with a label; the guest fills it. */
export async function makeEmptyExt4(
  image: string,
  label: string,
  mib: number,
  from: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const source = from === undefined ? [] : ['-d', from];
  await runTool(
    'mkfs.ext4',
    ['-q', '-F', '-L', label, '-m', '0', '-E', 'root_owner=0:0', ...source, image, `${mib}M`],
    { signal },
  );
}
