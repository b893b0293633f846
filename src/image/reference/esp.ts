/** The EFI system partition: kernel and initrd of slot a, its verity hash, GRUB's files and state, and the first-boot flag. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { grubEnvironment } from './grub.ts';
import { usrConfig } from './payload.ts';
import { runTool } from './run-tool.ts';

export interface EspInput {
  readonly workDir: string;
  readonly image: string;
  readonly mib: number;
  readonly kernel: string;
  readonly initrd: string;
  readonly usrHash: string;
  readonly grubConfig: string;
  readonly grubEfi: string;
  readonly efiName: string;
  readonly signal?: AbortSignal | undefined;
}

/** Slot a good, slot b empty; the first boot may be tried three times. */
export const FIRST_ENVIRONMENT = {
  prio_a: '1',
  tries_a: '0',
  ok_a: '1',
  prio_b: '0',
  tries_b: '0',
  ok_b: '0',
  first_boot_tries: '3',
} as const;

export async function makeEsp(input: EspInput): Promise<void> {
  const tree = join(input.workDir, 'esp');
  for (const dir of ['flatcar', 'boot/grub', 'EFI/BOOT']) await mkdir(join(tree, dir), { recursive: true });
  await copyFile(input.kernel, join(tree, 'flatcar/vmlinuz-a'));
  await copyFile(input.initrd, join(tree, 'flatcar/initrd-a'));
  await copyFile(input.grubEfi, join(tree, 'EFI/BOOT', input.efiName));
  await writeFile(join(tree, 'flatcar/usr-a.cfg'), usrConfig(input.usrHash));
  await writeFile(join(tree, 'flatcar/grubenv'), grubEnvironment(FIRST_ENVIRONMENT));
  await writeFile(join(tree, 'flatcar/first_boot'), '');
  await writeFile(join(tree, 'boot/grub/grub.cfg'), input.grubConfig);
  await runTool('truncate', ['-s', `${input.mib}M`, input.image], { signal: input.signal });
  // Large clusters make GRUB's reads few.
  await runTool('mkfs.vfat', ['-F', '16', '-s', '64', '-n', 'EFI-SYSTEM', input.image], {
    signal: input.signal,
  });
  for (const dir of ['flatcar', 'boot', 'EFI']) {
    await runTool('mcopy', ['-s', '-i', input.image, join(tree, dir), '::/'], { signal: input.signal });
  }
}
