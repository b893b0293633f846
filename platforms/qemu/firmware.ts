import { copyFile, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError, UsageError } from '../../src/core/errors.ts';
import type { Arch, Firmware } from '../../src/core/target.ts';
import type { FirmwarePlan, FlashFile } from './command-line.ts';

/** A firmware as found on this host; the variable store is a template that each machine copies. */
export type FirmwareFiles =
  | { readonly kind: 'bios'; readonly file?: string }
  | { readonly kind: 'uefi'; readonly secure: boolean; readonly code: FlashFile; readonly vars: FlashFile };

interface Pair {
  readonly code: string;
  readonly vars: string;
}

/** Debian's, Fedora's and Arch's places, in this order. Code and variables have to be of the same make. */
export const uefiPlaces: Readonly<Record<`${Arch}:${'uefi' | 'uefi-secure'}`, readonly Pair[]>> = {
  'amd64:uefi': [
    { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
    { code: '/usr/share/OVMF/OVMF_CODE.fd', vars: '/usr/share/OVMF/OVMF_VARS.fd' },
    { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', vars: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
    { code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', vars: '/usr/share/edk2/x64/OVMF_VARS.4m.fd' },
  ],
  'amd64:uefi-secure': [
    { code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
    { code: '/usr/share/OVMF/OVMF_CODE.secboot.fd', vars: '/usr/share/OVMF/OVMF_VARS.ms.fd' },
    { code: '/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', vars: '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd' },
  ],
  'arm64:uefi': [
    { code: '/usr/share/AAVMF/AAVMF_CODE.fd', vars: '/usr/share/AAVMF/AAVMF_VARS.fd' },
    {
      code: '/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw',
      vars: '/usr/share/edk2/aarch64/vars-template-pflash.raw',
    },
  ],
  'arm64:uefi-secure': [
    { code: '/usr/share/AAVMF/AAVMF_CODE.ms.fd', vars: '/usr/share/AAVMF/AAVMF_VARS.ms.fd' },
  ],
};

/** Debian packages. */
export const firmwarePackage: Readonly<Record<Arch, string>> = { amd64: 'ovmf', arm64: 'qemu-efi-aarch64' };

export interface FirmwareWish {
  readonly arch: Arch;
  /** `bios`, `uefi`, `uefi-secure`, a file, or nothing. */
  readonly wish: string | undefined;
  readonly varsFile: string | undefined;
  /** What the image can boot from. */
  readonly image: readonly Firmware[];
}

/** Finds the files of a firmware. Throws a UsageError for wishes that cannot be had, a HarnessError for missing packages. */
export const findFirmware = async ({ arch, wish, varsFile, image }: FirmwareWish): Promise<FirmwareFiles> => {
  const name = wish ?? (arch === 'amd64' && image.includes('bios') ? 'bios' : 'uefi');
  if (name === 'bios') {
    if (arch === 'arm64')
      throw new UsageError('firmware', 'arm64 machines have no BIOS', { hint: 'use --qemu-firmware=uefi' });
    return { kind: 'bios' };
  }
  if (name === 'uefi' || name === 'uefi-secure') return packagedUefi(arch, name, varsFile);
  return givenFile(arch, name, varsFile);
};

const packagedUefi = async (
  arch: Arch,
  kind: 'uefi' | 'uefi-secure',
  varsFile: string | undefined,
): Promise<FirmwareFiles> => {
  const places = uefiPlaces[`${arch}:${kind}`];
  for (const { code, vars } of places) {
    const store = varsFile ?? vars;
    if (!(await isFile(code)) || !(await isFile(store))) continue;
    return {
      kind: 'uefi',
      secure: kind === 'uefi-secure',
      code: await flash(code),
      vars: await flash(store),
    };
  }
  if (varsFile !== undefined) await needFile(varsFile, '--qemu-ovmf-vars');
  throw new HarnessError(
    'missing-firmware',
    `no ${kind} firmware for ${arch} on this host; looked for ${places[0]?.code}`,
    {
      hint: `apt-get install ${firmwarePackage[arch]}, or kola setup`,
    },
  );
};

const givenFile = async (arch: Arch, file: string, varsFile: string | undefined): Promise<FirmwareFiles> => {
  await needFile(file, '--qemu-firmware');
  if (varsFile === undefined) {
    if (arch === 'amd64') return { kind: 'bios', file };
    return packagedVars(arch, file);
  }
  await needFile(varsFile, '--qemu-ovmf-vars');
  // Flatcar calls its secure-boot firmware …_uefi_secure_efi_code.qcow2, Debian OVMF_CODE….secboot.fd.
  const secure = /secure|secboot/i.test(file);
  return { kind: 'uefi', secure, code: await flash(file), vars: await flash(varsFile) };
};

const packagedVars = async (arch: Arch, file: string): Promise<FirmwareFiles> => {
  for (const { vars } of uefiPlaces[`${arch}:uefi`])
    if (await isFile(vars))
      return { kind: 'uefi', secure: false, code: await flash(file), vars: await flash(vars) };
  throw new UsageError('firmware', `the firmware ${file} needs a variable store`, {
    hint: 'add --qemu-ovmf-vars=FILE',
  });
};

const needFile = async (path: string, flag: string): Promise<void> => {
  if (!(await isFile(path)))
    throw new UsageError('firmware', `${flag}: expected bios, uefi, uefi-secure or a file, found ${path}`, {
      hint: 'there is no such file',
    });
};

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    facts => facts.isFile(),
    () => false,
  );

/** Firmware for flash comes raw or as qcow2, and its name does not always say which. */
const flash = async (path: string): Promise<FlashFile> => {
  await using file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return { file: path, format: buffer.toString('latin1') === 'QFI\xfb' ? 'qcow2' : 'raw' };
};

/** Gives a machine a variable store of its own in `folder`. */
export const installFirmware = async (files: FirmwareFiles, folder: string): Promise<FirmwarePlan> => {
  if (files.kind === 'bios') return files;
  const own = join(folder, 'firmware-vars');
  await copyFile(files.vars.file, own);
  return { ...files, vars: { file: own, format: files.vars.format } };
};
