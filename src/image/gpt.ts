import { crc32 } from 'node:zlib';

/** One entry of a GUID partition table. Addresses are in 512-byte sectors, both inclusive. */
export interface Partition {
  /** 1-based, as Linux counts them. */
  readonly number: number;
  readonly label: string;
  /** Lower-case GUIDs. */
  readonly type: string;
  readonly uuid: string;
  readonly first: number;
  readonly last: number;
}

export interface Gpt {
  readonly partitions: readonly Partition[];
  /** Sector of the backup header: the disk ends right after it. */
  readonly backup: number;
}

export const sectorBytes = 512;

/** Enough bytes from the start of a disk to hold the protective MBR, the header and 128 entries. */
export const gptBytes = 34 * sectorBytes;

/**
 * Reads the primary GUID partition table (UEFI 2.10 §5.3) from the first {@link gptBytes} of a disk. Undefined
 * when there is none, or when a checksum says that it is damaged.
 */
export const readGpt = (start: Buffer): Gpt | undefined => {
  if (start.length < gptBytes) return undefined;
  const header = start.subarray(sectorBytes, 2 * sectorBytes);
  if (header.toString('latin1', 0, 8) !== 'EFI PART' || !headerIntact(header)) return undefined;
  const count = header.readUInt32LE(80);
  const size = header.readUInt32LE(84);
  const from = Number(header.readBigUInt64LE(72)) * sectorBytes;
  const table = start.subarray(from, from + count * size);
  if (size < 128 || table.length < count * size || crc32(table) !== header.readUInt32LE(88)) return undefined;
  const partitions = Array.from({ length: count }, (_, index) =>
    readEntry(table.subarray(index * size, (index + 1) * size), index + 1),
  ).filter(entry => entry !== undefined);
  return { partitions, backup: Number(header.readBigUInt64LE(32)) };
};

const headerIntact = (header: Buffer): boolean => {
  const size = header.readUInt32LE(12);
  if (size < 92 || size > sectorBytes) return false;
  const copy = Buffer.from(header.subarray(0, size));
  copy.writeUInt32LE(0, 16);
  return crc32(copy) === header.readUInt32LE(16);
};

const unused = '00000000-0000-0000-0000-000000000000';

const readEntry = (entry: Buffer, number: number): Partition | undefined => {
  const type = readGuid(entry);
  if (type === unused) return undefined;
  return {
    number,
    type,
    uuid: readGuid(entry.subarray(16)),
    first: Number(entry.readBigUInt64LE(32)),
    last: Number(entry.readBigUInt64LE(40)),
    label: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
  };
};

/** The first three fields of a GUID are little-endian, the rest is in reading order. */
const readGuid = (bytes: Buffer): string =>
  [
    bytes.readUInt32LE(0).toString(16).padStart(8, '0'),
    bytes.readUInt16LE(4).toString(16).padStart(4, '0'),
    bytes.readUInt16LE(6).toString(16).padStart(4, '0'),
    bytes.toString('hex', 8, 10),
    bytes.toString('hex', 10, 16),
  ].join('-');
