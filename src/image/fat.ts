import type { DiskReader } from './disk-reader.ts';

/**
 * Just enough of a FAT file system to list a folder of an EFI system partition (Microsoft's FAT specification,
 * 2000). Short names only: the files firmware looks for (`BOOTX64.EFI`) have them.
 */
interface Fat {
  readonly clusterBytes: number;
  readonly dataStart: number;
  readonly fatStart: number;
  readonly bits: 12 | 16 | 32;
  /** FAT12 and FAT16 keep the root folder in a place of its own. */
  readonly root: { readonly cluster: number } | { readonly at: number; readonly bytes: number };
  readonly read: (offset: number, length: number) => Promise<Buffer>;
}

interface Entry {
  readonly name: string;
  readonly folder: boolean;
  readonly cluster: number;
}

/** Upper-case short names below `path`; undefined when it is no FAT file system or has no such folder. */
export const listFatFolder = async (
  disk: DiskReader,
  start: number,
  path: readonly string[],
): Promise<readonly string[] | undefined> => {
  const fat = await openFat(disk, start);
  if (fat === undefined) return undefined;
  let entries = readFolder(await rootBytes(fat));
  for (const step of path) {
    const next = entries.find(entry => entry.folder && entry.name === step.toUpperCase());
    if (next === undefined) return undefined;
    entries = readFolder(await chainBytes(fat, next.cluster));
  }
  return entries.map(entry => entry.name);
};

const openFat = async (disk: DiskReader, start: number): Promise<Fat | undefined> => {
  const read: Fat['read'] = (offset, length) => disk.read(start + offset, length);
  const boot = await read(0, 512);
  if (boot.length < 512 || boot.readUInt16LE(510) !== 0xaa55) return undefined;
  const sector = boot.readUInt16LE(11);
  const clusterBytes = (boot[13] ?? 0) * sector;
  if (![512, 1024, 2048, 4096].includes(sector) || clusterBytes === 0) return undefined;
  const fatSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
  const fatStart = boot.readUInt16LE(14) * sector;
  const rootAt = fatStart + (boot[16] ?? 0) * fatSectors * sector;
  const rootSize = boot.readUInt16LE(17) * 32;
  const dataStart = rootAt + Math.ceil(rootSize / sector) * sector;
  const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  const clusters = (sectors * sector - dataStart) / clusterBytes;
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32;
  const root = bits === 32 ? { cluster: boot.readUInt32LE(44) } : { at: rootAt, bytes: rootSize };
  return { clusterBytes, dataStart, fatStart, bits, root, read };
};

const rootBytes = (fat: Fat): Promise<Buffer> =>
  'cluster' in fat.root ? chainBytes(fat, fat.root.cluster) : fat.read(fat.root.at, fat.root.bytes);

/** A folder's clusters one after another. The cap ends loops in a damaged table. */
const chainBytes = async (fat: Fat, first: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let cluster = first;
  while (cluster >= 2 && cluster < endMark(fat.bits) && parts.length < 64) {
    parts.push(await fat.read(fat.dataStart + (cluster - 2) * fat.clusterBytes, fat.clusterBytes));
    cluster = await nextCluster(fat, cluster);
  }
  return Buffer.concat(parts);
};

const endMark = (bits: Fat['bits']): number => ({ 12: 0xff8, 16: 0xfff8, 32: 0x0ffffff8 })[bits];

const nextCluster = async (fat: Fat, cluster: number): Promise<number> => {
  const entry = await fat.read(fat.fatStart + Math.floor((cluster * fat.bits) / 8), 4);
  if (entry.length < 4) return 0;
  if (fat.bits === 32) return entry.readUInt32LE(0) & 0x0fffffff;
  const word = entry.readUInt16LE(0);
  if (fat.bits === 16) return word;
  return cluster % 2 === 0 ? word & 0xfff : word >> 4;
};

const attributes = { volume: 0x08, folder: 0x10, longName: 0x0f } as const;

const readFolder = (bytes: Buffer): Entry[] => {
  const entries: Entry[] = [];
  for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const kind = bytes[at + 11] ?? 0;
    if (bytes[at] === 0xe5 || kind === attributes.longName || (kind & attributes.volume) !== 0) continue;
    const stem = bytes.toString('latin1', at, at + 8).trimEnd();
    const extension = bytes.toString('latin1', at + 8, at + 11).trimEnd();
    entries.push({
      name: extension === '' ? stem : `${stem}.${extension}`,
      folder: (kind & attributes.folder) !== 0,
      cluster: bytes.readUInt16LE(at + 20) * 0x10000 + bytes.readUInt16LE(at + 26),
    });
  }
  return entries;
};
