import type { FileHandle } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { createInflateRaw, createZstdDecompress } from 'node:zlib';
import { type DiskReader, readAt } from './disk-reader.ts';

/** Why a qcow2 file cannot be used, in words that fit after its path. */
export class BadQcow2 extends Error {
  override name = 'BadQcow2';
}

interface Layout {
  readonly size: number;
  readonly clusterBits: number;
  readonly zstd: boolean;
  readonly l1: readonly bigint[];
}

const offsetMask = 0x00ff_ffff_ffff_fe00n;
const compressedFlag = 1n << 62n;
const zeroFlag = 1n;
/** Incompatible feature bits of QEMU's docs/interop/qcow2.txt that change how clusters are read. */
const externalData = 1n << 2n;
const extendedL2 = 1n << 4n;

/**
 * Opens a qcow2 file for reading guest bytes, and makes sure that every cluster it refers to lies inside the
 * file: that is how a download that broke off is told. Throws {@link BadQcow2}.
 */
export const qcow2Reader = async (file: FileHandle): Promise<DiskReader> => {
  const { size: fileBytes } = await file.stat();
  const layout = await readLayout(file, fileBytes);
  const tables = await readTables(file, layout, fileBytes);
  const cluster = (index: number): Promise<Buffer> => readCluster(file, layout, tables, index);
  return {
    size: layout.size,
    read: async (offset, length) => {
      const bytes = 2 ** layout.clusterBits;
      const end = Math.min(offset + length, layout.size);
      if (end <= offset) return Buffer.alloc(0);
      const first = Math.floor(offset / bytes);
      const parts: Buffer[] = [];
      for (let index = first; index * bytes < end; index++) parts.push(await cluster(index));
      return Buffer.concat(parts).subarray(offset - first * bytes, end - first * bytes);
    },
  };
};

const readLayout = async (file: FileHandle, fileBytes: number): Promise<Layout> => {
  const header = await readAt(file, 0, 112);
  if (header.length < 72) throw new BadQcow2('is truncated inside the qcow2 header');
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new BadQcow2(`has qcow2 version ${version}; 2 and 3 are known`);
  if (header.readBigUInt64BE(8) !== 0n)
    throw new BadQcow2('is an overlay: the disk it builds on is another file');
  if (header.readUInt32BE(32) !== 0) throw new BadQcow2('is encrypted');
  const features = version === 3 && header.length >= 80 ? header.readBigUInt64BE(72) : 0n;
  if ((features & (externalData | extendedL2)) !== 0n)
    throw new BadQcow2(
      'uses qcow2 features that are not supported (external data file or extended L2 entries)',
    );
  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21)
    throw new BadQcow2(`has a damaged header (cluster bits ${clusterBits})`);
  const l1Bytes = header.readUInt32BE(36) * 8;
  const l1At = Number(header.readBigUInt64BE(40));
  if (l1At + l1Bytes > fileBytes)
    throw new BadQcow2('is truncated: its cluster table lies behind the end of the file');
  const l1 = bigEndian64(await readAt(file, l1At, l1Bytes));
  const zstd = version === 3 && header.readUInt32BE(100) > 104 && header[104] === 1;
  return { size: Number(header.readBigUInt64BE(24)), clusterBits, zstd, l1 };
};

const bigEndian64 = (bytes: Buffer): bigint[] =>
  Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readBigUInt64BE(index * 8));

const readTables = async (
  file: FileHandle,
  layout: Layout,
  fileBytes: number,
): Promise<readonly (readonly bigint[])[]> => {
  const bytes = 2 ** layout.clusterBits;
  const tables: (readonly bigint[])[] = [];
  for (const entry of layout.l1) {
    const at = Number(entry & offsetMask);
    const table = at === 0 ? Buffer.alloc(0) : await readAt(file, at, bytes);
    if (at !== 0 && table.length < bytes) throw truncated();
    tables.push(bigEndian64(table));
  }
  const beyond = tables.some(table => table.some(entry => dataStart(entry, layout.clusterBits) >= fileBytes));
  if (beyond) throw truncated();
  return tables;
};

const truncated = (): BadQcow2 => new BadQcow2('is truncated: data that it refers to lies behind its end');

/** Host offset of a cluster's data, 0 when it has none. */
const dataStart = (entry: bigint, clusterBits: number): number => {
  if ((entry & compressedFlag) === 0n) return Number(entry & offsetMask);
  return Number(entry & ((1n << BigInt(62 - (clusterBits - 8))) - 1n));
};

const readCluster = async (
  file: FileHandle,
  layout: Layout,
  tables: readonly (readonly bigint[])[],
  index: number,
): Promise<Buffer> => {
  const bytes = 2 ** layout.clusterBits;
  const perTable = bytes / 8;
  const entry = tables[Math.floor(index / perTable)]?.[index % perTable] ?? 0n;
  const at = dataStart(entry, layout.clusterBits);
  if ((entry & compressedFlag) !== 0n) return unpack(file, layout, entry, at);
  if (at === 0 || (entry & zeroFlag) !== 0n) return Buffer.alloc(bytes);
  const data = Buffer.alloc(bytes);
  (await readAt(file, at, bytes)).copy(data);
  return data;
};

/** A compressed cluster: the entry holds its start and how many further 512-byte sectors it touches. */
const unpack = async (file: FileHandle, layout: Layout, entry: bigint, at: number): Promise<Buffer> => {
  const shift = BigInt(62 - (layout.clusterBits - 8));
  const sectors = Number((entry & (compressedFlag - 1n)) >> shift) + 1;
  const packed = await readAt(file, at, sectors * 512 - (at % 512));
  const bytes = 2 ** layout.clusterBits;
  try {
    return await firstBytes(layout.zstd ? createZstdDecompress() : createInflateRaw(), packed, bytes);
  } catch (error) {
    throw new BadQcow2(`has a damaged compressed cluster at ${at}`, { cause: error });
  }
};

/** The last sector of a compressed cluster holds other clusters' bytes too, so that decoding has to stop in time. */
const firstBytes = async (decoder: Transform, packed: Buffer, bytes: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let have = 0;
  decoder.end(packed);
  for await (const part of decoder) {
    parts.push(part);
    have += part.length;
    if (have >= bytes) break;
  }
  return Buffer.concat(parts).subarray(0, bytes);
};
