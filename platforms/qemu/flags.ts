import type { PlatformFlag } from '../../src/core/platform.ts';

/** `--qemu-image` is an alias of `--image` and belongs to the command line, not to the platform. */
export const flags: readonly PlatformFlag[] = [
  {
    name: 'qemu-firmware',
    aliases: ['qemu-bios'],
    value: 'KIND|FILE',
    description: 'bios, uefi, uefi-secure, or a firmware file (default: bios on amd64, uefi on arm64)',
  },
  {
    name: 'qemu-ovmf-vars',
    value: 'FILE',
    description: 'variable store that goes with a UEFI firmware file; each machine gets a copy',
  },
  {
    name: 'qemu-vnc',
    value: 'DISPLAY',
    description: 'show the screen over VNC, e.g. 0 for port 5900 (one machine)',
  },
  {
    name: 'qemu-skip-mangle',
    description: 'accepted for compatibility: images are never changed',
    effective: false,
  },
  {
    name: 'qemu-grow-base-disk-by',
    value: 'SIZE',
    description: 'grow the primary disk of every machine, e.g. 4G (suffixes K, M, G, T)',
  },
  { name: 'qemu-tpm', description: 'give every machine a TPM 2.0 (needs swtpm)' },
  { name: 'qemu-memory', value: 'MIB', description: 'memory of a machine whose scenario asks for none' },
  { name: 'qemu-cpus', value: 'N', description: 'virtual CPUs of a machine (default 2, 1 under emulation)' },
  {
    name: 'qemu-accel',
    value: 'auto|kvm|tcg',
    description: 'accelerator (default auto: KVM where it works, else emulation)',
  },
  {
    name: 'qemu-binary',
    value: 'FILE',
    description: 'QEMU program (default qemu-system-x86_64 or qemu-system-aarch64)',
  },
];
