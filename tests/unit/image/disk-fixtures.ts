import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { onTestFinished } from 'vitest';

export interface FixturePartition {
  readonly label: string;
  readonly type: string;
  readonly uuid: string;
  readonly first: number;
  readonly last: number;
}

export const types = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  usr: '5dfbf5f4-2848-4bac-aa5e-0d9a20b745a6',
  rootArm64: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const;

const guid = (text: string): Buffer => {
  const [a = '', b = '', c = '', d = '', e = ''] = text.split('-');
  const mixed = [a, b, c].map(part => Buffer.from(part, 'hex').reverse());
  return Buffer.concat([...mixed, Buffer.from(d, 'hex'), Buffer.from(e, 'hex')]);
};

/** A disk of `sectors` sectors with a GUID partition table and no backup contents. */
export const gptDisk = (partitions: readonly FixturePartition[], sectors = 4096): Buffer => {
  const table = Buffer.alloc(128 * 128);
  partitions.forEach((part, index) => {
    const at = index * 128;
    guid(part.type).copy(table, at);
    guid(part.uuid).copy(table, at + 16);
    table.writeBigUInt64LE(BigInt(part.first), at + 32);
    table.writeBigUInt64LE(BigInt(part.last), at + 40);
    table.write(part.label, at + 56, 'utf16le');
  });
  const header = Buffer.alloc(512);
  header.write('EFI PART', 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(BigInt(sectors - 1), 32);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(table), 88);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  const disk = Buffer.alloc(sectors * 512);
  header.copy(disk, 512);
  table.copy(disk, 1024);
  return disk;
};

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Labels and fixed UUIDs of a Flatcar release. The EFI system partition starts at sector 64. */
export const flatcarPartitions: readonly FixturePartition[] = [
  { label: 'EFI-SYSTEM', type: types.esp, uuid: uuid(1), first: 64, last: 3000 },
  { label: 'USR-A', type: types.usr, uuid: '7130c94a-213a-4e5a-8e26-6cce9662f132', first: 3001, last: 3001 },
  { label: 'USR-B', type: types.usr, uuid: 'e03dd35c-7c2d-4a47-b3fe-27f15780a57c', first: 3002, last: 3002 },
  { label: 'OEM', type: types.linux, uuid: uuid(4), first: 3003, last: 3003 },
  { label: 'ROOT', type: types.linux, uuid: uuid(5), first: 3004, last: 3004 },
];

interface FatFile {
  readonly path: readonly string[];
}

/** An empty-file FAT12 or FAT16 volume: one cluster per folder, files without contents. */
export const fatVolume = (files: readonly FatFile[], bits: 12 | 16 = 12): Buffer => {
  const clusters = bits === 12 ? 2000 : 6000;
  const fatSectors = 32;
  const volume = Buffer.alloc((1 + 2 * fatSectors + 32 + clusters) * 512);
  volume.writeUInt16LE(512, 11);
  volume[13] = 1;
  volume.writeUInt16LE(1, 14);
  volume[16] = 2;
  volume.writeUInt16LE(512, 17);
  volume.writeUInt16LE(volume.length / 512, 19);
  volume.writeUInt16LE(fatSectors, 22);
  volume.writeUInt16LE(0xaa55, 510);
  const rootAt = (1 + 2 * fatSectors) * 512;
  const dataAt = rootAt + 512 * 32;
  const used = new Map<number, number>();
  const folders = new Map<string, number>([['', rootAt]]);
  let next = 2;
  const put = (at: number, name: string, attribute: number, cluster: number): void => {
    const slot = at + 32 * (used.get(at) ?? 0);
    used.set(at, (used.get(at) ?? 0) + 1);
    const [stem = '', extension = ''] = name.toUpperCase().split('.');
    volume.write(stem.padEnd(8) + extension.padEnd(3), slot, 'latin1');
    volume[slot + 11] = attribute;
    volume.writeUInt16LE(cluster, slot + 26);
  };
  const endChain = (cluster: number): void => {
    if (bits === 16) volume.writeUInt16LE(0xffff, 512 + cluster * 2);
    else {
      const at = 512 + Math.floor(cluster * 1.5);
      const word = volume.readUInt16LE(at);
      volume.writeUInt16LE(cluster % 2 === 0 ? (word & 0xf000) | 0xfff : (word & 0x000f) | 0xfff0, at);
    }
  };
  for (const { path } of files) {
    path.forEach((name, depth) => {
      const parent = folders.get(path.slice(0, depth).join('/'))!;
      const key = path.slice(0, depth + 1).join('/');
      if (folders.has(key)) return;
      if (depth === path.length - 1) put(parent, name, 0x20, 0);
      else {
        put(parent, name, 0x10, next);
        folders.set(key, dataAt + (next - 2) * 512);
        endChain(next);
        next++;
      }
    });
  }
  return volume;
};

/** A Flatcar-like disk whose EFI system partition holds these files. */
export const flatcarDisk = (
  files: readonly (readonly string[])[],
  partitions = flatcarPartitions,
): Buffer => {
  const disk = gptDisk(partitions);
  fatVolume(files.map(path => ({ path }))).copy(disk, 64 * 512);
  return disk;
};

/** A folder that goes when the test ends. */
export const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-image-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const put = (folder: string, name: string, content: Buffer | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

export const toQcow2 = (raw: string, target: string, ...options: string[]): string => {
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, target]);
  return target;
};
