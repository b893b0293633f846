/** GRUB without its installer: both boot images are made here, and the BIOS one is told where it lies by patching it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arch, archFacts } from './arch.ts';
import { SECTOR } from './layout.ts';
import { runTool } from './run-tool.ts';

const MODULES = [
  ...[
    'part_gpt',
    'fat',
    'ext2',
    'btrfs',
    'normal',
    'configfile',
    'loadenv',
    'test',
    'echo',
    'linux',
    'serial',
    'terminal',
  ],
  ...['search', 'search_label', 'search_fs_uuid', 'reboot', 'halt', 'sleep', 'minicmd', 'regexp', 'boot'],
];

export interface GrubImages {
  readonly efi: string;
  readonly bios: { readonly core: string; readonly boot: string } | undefined;
}

/** Where Debian keeps GRUB's modules. */
const GRUB_DIR = '/usr/lib/grub';

export interface GrubInput {
  readonly arch: Arch;
  readonly earlyConfig: string;
  readonly outDir: string;
  /** Folder with a folder of modules for each of GRUB's platforms; default: this machine's. */
  readonly modules?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function makeGrubImages(input: GrubInput): Promise<GrubImages> {
  const facts = archFacts(input.arch);
  const efi = join(input.outDir, facts.efiName);
  await mkimage(input, facts.grubEfi, efi, MODULES);
  if (facts.grubBios === undefined) return { efi, bios: undefined };
  const core = join(input.outDir, 'core.img');
  await mkimage(input, facts.grubBios, core, ['biosdisk', ...MODULES]);
  return { efi, bios: { core, boot: join(input.modules ?? GRUB_DIR, facts.grubBios, 'boot.img') } };
}

async function mkimage(
  { earlyConfig, modules: from = GRUB_DIR, signal }: GrubInput,
  format: string,
  out: string,
  modules: readonly string[],
): Promise<void> {
  const options = ['-O', format, '-d', join(from, format), '-p', '/boot/grub', '-c', earlyConfig, '-o', out];
  await runTool('grub-mkimage', [...options, ...modules], { signal });
}

const BOOT_CODE_BYTES = 440;
const KERNEL_SECTOR_AT = 0x5c;
const DRIVE_CHECK_AT = 0x66;
const BLOCKLIST_AT = 0x1f4;
const NOP = 0x90;

/** The boot sector's code (the table behind it stays as it is), loading core.img from `coreLba`. */
export function patchBootSector(bootImg: Buffer, coreLba: number): Buffer {
  const code = Buffer.from(bootImg.subarray(0, BOOT_CODE_BYTES));
  code.writeBigUInt64LE(BigInt(coreLba), KERNEL_SECTOR_AT);
  // Trust the drive number the BIOS passes, as grub-install does for hard disks.
  code.fill(NOP, DRIVE_CHECK_AT, DRIVE_CHECK_AT + 2);
  return code;
}

/** core.img whose first sector knows that the rest follows it directly. */
export function patchCore(coreImg: Buffer, coreLba: number): Buffer {
  const patched = Buffer.alloc(Math.ceil(coreImg.length / SECTOR) * SECTOR);
  coreImg.copy(patched);
  patched.writeBigUInt64LE(BigInt(coreLba + 1), BLOCKLIST_AT);
  return patched;
}

export async function readPatchedBios(
  bios: { readonly core: string; readonly boot: string },
  coreLba: number,
): Promise<{ readonly sector: Buffer; readonly core: Buffer }> {
  return {
    sector: patchBootSector(await readFile(bios.boot), coreLba),
    core: patchCore(await readFile(bios.core), coreLba),
  };
}

/** GRUB's environment file: a block of exactly 1024 bytes, which it later rewrites in place. */
export function grubEnvironment(values: Readonly<Record<string, string>>): Buffer {
  const text = `# GRUB Environment Block\n${Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')}`;
  if (text.length > 1024) throw new Error('the GRUB environment does not fit in its block');
  return Buffer.from(text.padEnd(1024, '#'));
}
