import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalImage } from '../../src/core/image.ts';

/** The word that the smallest of all guests writes on the serial port. */
export const greeting = 'kola-boot-sector';

/** Offset of the disk address packet: one sector from 0000:7c00 to sector 100. */
const packet = 0xa0;

/** What the guest does after its greeting, as 16-bit machine code. */
const endings = {
  /** cli; hlt; jmp back */
  wait: [0xfa, 0xf4, 0xeb, 0xfd],
  /** mov al, 0xfe; out 0x64, al: the keyboard controller pulls the reset line. */
  reset: [0xb0, 0xfe, 0xe6, 0x64, 0xf4],
  /** mov dx, 0x604; mov ax, 0x2000; out dx, ax: ACPI power-off of QEMU's q35. */
  powerOff: [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xf4],
  /** Writes the sector at 0x7c00 to the disk with BIOS function 13h/43h, then waits. */
  write: [0xb4, 0x43, 0xb0, 0x00, 0xb2, 0x80, 0xbe, packet, 0x7c, 0xcd, 0x13, 0xf4, 0xeb, 0xfd],
} as const;
export type Ending = keyof typeof endings;

/**
 * A bootable disk of 1 MiB without an operating system: a boot sector that greets on COM1. It runs under SeaBIOS a
 * quarter of a second after power-on.
 */
export const bootSectorDisk = (ending: Ending = 'wait'): Buffer => {
  const text = 0x80;
  const greet = [
    0x31,
    0xc0, // xor ax, ax
    0x8e,
    0xd8, // mov ds, ax
    0xfc, // cld
    0xba,
    0xf8,
    0x03, // mov dx, 0x3f8
    0xbe,
    text,
    0x7c, // mov si, text
    0xac, // next: lodsb
    0x84,
    0xc0, // test al, al
    0x74,
    0x03, // jz done
    0xee, // out dx, al
    0xeb,
    0xf8, // jmp next
  ]; // done:
  const disk = Buffer.alloc(1 << 20);
  Buffer.from([...greet, ...endings[ending]]).copy(disk);
  disk.write(`${greeting}\n\0`, text, 'latin1');
  Buffer.from([16, 0, 1, 0, 0x00, 0x7c, 0, 0, 100]).copy(disk, packet);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
};

export const bootSectorImage = (folder: string, ending: Ending = 'wait'): LocalImage => {
  const disk = bootSectorDisk(ending);
  const path = join(folder, 'boot-sector.img');
  writeFileSync(path, disk);
  const sha256 = createHash('sha256').update(disk).digest('hex');
  return {
    manifest: {
      schema: 1,
      name: 'boot-sector',
      kind: 'custom',
      title: 'boot sector',
      version: '0',
      arch: 'amd64',
      disk: { file: 'boot-sector.img', format: 'raw', sha256 },
      osRelease: { id: 'none' },
      selinux: { policy: 'none', enforcing: false },
      provides: [],
      userData: [],
      usrHash: { where: 'kernel', offset: 64 },
      bootLog: { console: 'ttyS0', kernel: false, systemd: false },
      firmware: ['bios'],
    },
    disk: path,
    format: 'raw',
    digest: `sha256:${sha256}`,
    notice: undefined,
  };
};
