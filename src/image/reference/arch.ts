import type { Firmware } from '../../core/target.ts';
/** What differs between the architectures the reference guest is built for. */
export type Arch = 'amd64' | 'arm64';

export interface ArchFacts {
  /** Meta package whose dependency is the kernel package to unpack. */
  readonly kernelPackage: string;
  readonly console: string;
  /** GRUB's platform for UEFI, its module folder's name, and the name firmware looks for. */
  readonly grubEfi: string;
  readonly efiName: string;
  /** GRUB for BIOS; arm64 has none. */
  readonly grubBios: string | undefined;
  /** Package of GRUB's modules where Debian only has it for this very architecture: then it comes with the tree. */
  readonly grubPackage: string | undefined;
  /** Multiarch folder of libraries below /usr/lib. */
  readonly libDir: string;
  readonly firmware: readonly Firmware[];
}

const FACTS: Readonly<Record<Arch, ArchFacts>> = {
  amd64: {
    kernelPackage: 'linux-image-cloud-amd64',
    console: 'ttyS0',
    grubEfi: 'x86_64-efi',
    efiName: 'BOOTX64.EFI',
    grubBios: 'i386-pc',
    grubPackage: undefined,
    libDir: 'x86_64-linux-gnu',
    firmware: ['bios', 'uefi'],
  },
  arm64: {
    kernelPackage: 'linux-image-cloud-arm64',
    console: 'ttyAMA0',
    grubEfi: 'arm64-efi',
    efiName: 'BOOTAA64.EFI',
    grubBios: undefined,
    grubPackage: 'grub-efi-arm64-bin',
    libDir: 'aarch64-linux-gnu',
    firmware: ['uefi'],
  },
};

export function archFacts(arch: Arch): ArchFacts {
  return FACTS[arch];
}
