/** From the tree to the disk: initrd, verified /usr, boot loader, partitions. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arch, archFacts } from './arch.ts';
import { BIOS_BOOT, makeDisk, makeEmptyExt4 } from './disk.ts';
import { makeEsp } from './esp.ts';
import { makeGrubImages, readPatchedBios } from './grub.ts';
import { assembleInitrd } from './initrd.ts';
import { partitionNumbered } from './layout.ts';
import { makePayload } from './payload.ts';
import { runTool } from './run-tool.ts';
import type { Tree } from './tree.ts';
import { makeUsrPartition } from './usr-partition.ts';

export interface AssembleInput {
  readonly arch: Arch;
  /** Where the disk goes. */
  readonly disk: string;
  /** Where the update payload goes. */
  readonly payload: string;
  readonly tree: Tree;
  readonly workDir: string;
  /** The `guest` folder. */
  readonly recipe: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export async function assembleDisk(input: AssembleInput): Promise<void> {
  const { arch, disk, tree, workDir, recipe, signal } = input;
  const facts = archFacts(arch);
  const at = (name: string): string => join(workDir, name);
  const bootFile = (name: string): Promise<string> => readFile(join(recipe, 'boot', name), 'utf8');
  const cpio = await assembleInitrd({ arch, tree: tree.dir, recipe: join(recipe, 'initrd') });
  await writeFile(at('initrd.cpio'), cpio);
  await runTool('zstd', ['-q', '-10', '-T0', at('initrd.cpio'), '-o', at('initrd')], { signal });
  input.log(`initrd: ${mib(cpio.length)} MiB unpacked`);
  const usrHash = await makeUsrPartition(tree.usrImage, at('usr.part'), signal);
  await writeFile(at('early.cfg'), await bootFile('early.cfg'));
  const grub = await makeGrubImages({
    arch,
    earlyConfig: at('early.cfg'),
    outDir: workDir,
    modules: tree.grubModules,
    signal,
  });
  const [kernel] = await readdir(join(tree.dir, 'usr/lib/modules'));
  const slot = {
    kernel: join(tree.dir, 'usr/lib/modules', kernel ?? '', 'vmlinuz'),
    initrd: at('initrd'),
    usrHash,
  };
  await makeEsp({
    ...slot,
    workDir,
    image: at('esp.part'),
    mib: partitionNumbered(1).mib,
    grubConfig: (await bootFile('grub.cfg')).replaceAll('@CONSOLE@', `${facts.console},115200n8`),
    grubEfi: grub.efi,
    efiName: facts.efiName,
    signal,
  });
  await mkdir(at('oem'));
  await writeFile(at('oem/grub.cfg'), await bootFile('oem-grub.cfg'));
  await makeEmptyExt4(at('oem.part'), 'OEM', partitionNumbered(6).mib, at('oem'), signal);
  await makeEmptyExt4(at('root.part'), 'ROOT', partitionNumbered(9).mib, undefined, signal);
  const bios =
    grub.bios === undefined
      ? undefined
      : await readPatchedBios(grub.bios, partitionNumbered(BIOS_BOOT).firstSector);
  await makeDisk({
    disk,
    parts: { 1: at('esp.part'), 3: at('usr.part'), 6: at('oem.part'), 9: at('root.part') },
    bios,
    signal,
  });
  await makePayload(
    { ...slot, workDir, payload: input.payload, usrImage: tree.usrImage, usrPartition: at('usr.part') },
    signal,
  );
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
