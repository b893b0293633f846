/** A file in the root of a UDF volume. */
export interface UdfFile {
  /** Latin letters, digits, dots and dashes. */
  readonly name: string;
  readonly content: Uint8Array;
}

const sector = 2048;
/** ECMA-167 2/8.3: the recognition sequence begins behind 32 KiB. */
const recognitionAt = 16;
const mainAt = 32;
const reserveAt = 48;
const sequenceSectors = 16;
const integrityAt = 64;
const anchorAt = 256;
/** Blocks of files are counted from here. */
const partitionAt = anchorAt + 1;
const rootEntryAt = 1;
const rootDataAt = 2;

const tags = {
  primary: 1,
  anchor: 2,
  partition: 5,
  logicalVolume: 6,
  unallocated: 7,
  terminating: 8,
  integrity: 9,
  fileSet: 256,
  identifier: 257,
  entry: 261,
} as const;

/**
 * Makes a volume that is UDF and nothing else, as Azure's provisioning disc is (ECMA-167 2nd edition, UDF 1.02). Same
 * input, same bytes: no times are kept.
 */
export const makeUdf = (label: string, files: readonly UdfFile[]): Uint8Array => {
  let next = rootDataAt + 1;
  const placed = files.map(({ name, content }) => {
    const at = next;
    const blocks = Math.ceil(content.length / sector);
    next += 1 + blocks;
    return { name, content, at, blocks };
  });
  const last = partitionAt + next;
  const volume = Buffer.alloc((last + 1) * sector);
  const put = (bytes: Uint8Array, at: number): void => volume.set(bytes, at * sector);

  ['BEA01', 'NSR02', 'TEA01'].forEach((word, index) => {
    put(Buffer.from(`\0${word}\x01`, 'latin1'), recognitionAt + index);
  });
  for (const at of [mainAt, reserveAt])
    volumeDescriptors(label, next).forEach((make, index) => void put(make(at + index), at + index));
  put(integrity(next, files.length), integrityAt);
  put(terminating(integrityAt + 1), integrityAt + 1);
  for (const at of [anchorAt, last]) put(anchor(at), at);

  const inside = (bytes: Uint8Array, block: number): void => put(bytes, partitionAt + block);
  inside(fileSet(label), 0);
  const listing = directory(placed);
  inside(entry({ type: 4, at: rootEntryAt, dataAt: rootDataAt, bytes: listing.length, id: 0 }), rootEntryAt);
  inside(listing, rootDataAt);
  placed.forEach(({ content, at }, index) => {
    inside(entry({ type: 5, at, dataAt: at + 1, bytes: content.length, id: firstId + index }), at);
    inside(content, at + 1);
  });
  return volume;
};

/** UDF 1.02, 3.2.1.1: smaller ones are kept for others. */
const firstId = 16;

/** ECMA-167 3/7.2: checks what follows, and itself. */
const tagged = (tag: number, at: number, bytes: Buffer): Buffer => {
  bytes.writeUInt16LE(tag, 0);
  bytes.writeUInt16LE(2, 2);
  bytes.writeUInt16LE(crc(bytes.subarray(16)), 8);
  bytes.writeUInt16LE(bytes.length - 16, 10);
  bytes.writeUInt32LE(at, 12);
  bytes[4] = bytes.subarray(0, 16).reduce((sum, byte) => (sum + byte) & 0xff, 0);
  return bytes;
};

/** CRC-16 of ITU-T V.41, from zero. */
const crc = (bytes: Uint8Array): number => {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) value = (value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1) & 0xffff;
  }
  return value;
};

/** ECMA-167 1/7.2.12: padded, with its length in the last byte. */
const words = (bytes: Buffer, at: number, length: number, text: string): void => {
  bytes[at] = 8;
  bytes.write(text, at + 1, 'latin1');
  bytes[at + length - 1] = text.length + 1;
};

const characters = (bytes: Buffer, at: number): void => void bytes.write('OSTA Compressed Unicode', at + 1);

const maker = (bytes: Buffer, at: number, name: string): void => void bytes.write(name, at + 1);

const domain = (bytes: Buffer, at: number): void => {
  maker(bytes, at, '*OSTA UDF Compliant');
  bytes.writeUInt16LE(0x0102, at + 24);
};

/** The first of January 2000, UTC: a time has to be there. */
const time = (bytes: Buffer, at: number): void => {
  bytes.writeUInt16LE(0x1000, at);
  bytes.writeUInt16LE(2000, at + 2);
  bytes.set([1, 1], at + 4);
};

const extent = (bytes: Buffer, at: number, length: number, location: number): void => {
  bytes.writeUInt32LE(length, at);
  bytes.writeUInt32LE(location, at + 4);
};

const volumeDescriptors = (label: string, blocks: number): readonly ((at: number) => Buffer)[] => [
  at => primary(label, at),
  at => logicalVolume(label, at),
  at => partition(blocks, at),
  at => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt32LE(3, 16);
    return tagged(tags.unallocated, at, bytes);
  },
  terminating,
];

/** ECMA-167 3/10.1. */
const primary = (label: string, at: number): Buffer => {
  const bytes = Buffer.alloc(512);
  words(bytes, 24, 32, label);
  for (const [offset, value] of [
    [56, 1],
    [58, 1],
    [60, 2],
    [62, 2],
  ] as const)
    bytes.writeUInt16LE(value, offset);
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(1, 68);
  words(bytes, 72, 128, label);
  characters(bytes, 200);
  characters(bytes, 264);
  time(bytes, 376);
  maker(bytes, 388, '*kola');
  return tagged(tags.primary, at, bytes);
};

/** ECMA-167 3/10.6, with one map: the only partition. */
const logicalVolume = (label: string, at: number): Buffer => {
  const bytes = Buffer.alloc(446);
  bytes.writeUInt32LE(1, 16);
  characters(bytes, 20);
  words(bytes, 84, 128, label);
  bytes.writeUInt32LE(sector, 212);
  domain(bytes, 216);
  extent(bytes, 248, sector, 0);
  bytes.writeUInt32LE(6, 264);
  bytes.writeUInt32LE(1, 268);
  maker(bytes, 272, '*kola');
  extent(bytes, 432, 2 * sector, integrityAt);
  bytes.set([1, 6, 1, 0, 0, 0], 440);
  return tagged(tags.logicalVolume, at, bytes);
};

/** ECMA-167 3/10.5: of a disc that is not written to. */
const partition = (blocks: number, at: number): Buffer => {
  const bytes = Buffer.alloc(512);
  bytes.writeUInt32LE(2, 16);
  bytes.writeUInt16LE(1, 20);
  maker(bytes, 24, '+NSR02');
  bytes.writeUInt32LE(1, 184);
  bytes.writeUInt32LE(partitionAt, 188);
  bytes.writeUInt32LE(blocks, 192);
  maker(bytes, 196, '*kola');
  return tagged(tags.partition, at, bytes);
};

const terminating = (at: number): Buffer => tagged(tags.terminating, at, Buffer.alloc(512));

const anchor = (at: number): Buffer => {
  const bytes = Buffer.alloc(512);
  extent(bytes, 16, sequenceSectors * sector, mainAt);
  extent(bytes, 24, sequenceSectors * sector, reserveAt);
  return tagged(tags.anchor, at, bytes);
};

/** ECMA-167 3/10.10: nothing is being written. */
const integrity = (blocks: number, files: number): Buffer => {
  const bytes = Buffer.alloc(134);
  time(bytes, 16);
  bytes.writeUInt32LE(1, 28);
  bytes.writeUInt32LE(firstId + files, 40);
  bytes.writeUInt32LE(1, 72);
  bytes.writeUInt32LE(46, 76);
  bytes.writeUInt32LE(blocks, 84);
  maker(bytes, 88, '*kola');
  bytes.writeUInt32LE(files, 120);
  bytes.writeUInt32LE(1, 124);
  for (const at of [128, 130, 132]) bytes.writeUInt16LE(0x0102, at);
  return tagged(tags.integrity, integrityAt, bytes);
};

/** ECMA-167 4/14.1. */
const fileSet = (label: string): Buffer => {
  const bytes = Buffer.alloc(512);
  time(bytes, 16);
  bytes.writeUInt16LE(3, 28);
  bytes.writeUInt16LE(3, 30);
  bytes.writeUInt32LE(1, 32);
  bytes.writeUInt32LE(1, 36);
  characters(bytes, 48);
  words(bytes, 112, 128, label);
  characters(bytes, 240);
  words(bytes, 304, 32, label);
  extent(bytes, 400, sector, rootEntryAt);
  domain(bytes, 416);
  return tagged(tags.fileSet, 0, bytes);
};

interface Entry {
  /** 4 is a folder, 5 a file. */
  readonly type: 4 | 5;
  readonly at: number;
  readonly dataAt: number;
  readonly bytes: number;
  readonly id: number;
}

/** ECMA-167 4/14.9: readable by all, in one piece. */
const entry = ({ type, at, dataAt, bytes: length, id }: Entry): Buffer => {
  const bytes = Buffer.alloc(length === 0 ? 176 : 184);
  bytes.writeUInt16LE(4, 20);
  bytes.writeUInt16LE(1, 24);
  bytes[27] = type;
  const access = type === 4 ? 5 : 4;
  bytes.writeUInt32LE(access | (access << 5) | (access << 10), 44);
  bytes.writeUInt16LE(1, 48);
  bytes.writeUInt32LE(length, 56);
  bytes.writeUInt32LE(Math.ceil(length / sector), 64);
  for (const offset of [72, 84, 96]) time(bytes, offset);
  bytes.writeUInt32LE(1, 108);
  maker(bytes, 128, '*kola');
  bytes.writeUInt32LE(id, 160);
  if (length > 0) {
    bytes.writeUInt32LE(8, 172);
    extent(bytes, 176, length, dataAt);
  }
  return tagged(tags.entry, at, bytes);
};

/** ECMA-167 4/14.4: the way up, then the files. */
const directory = (files: readonly { readonly name: string; readonly at: number }[]): Buffer => {
  const bytes = Buffer.concat([
    identifier('', rootEntryAt, 0x0a),
    ...files.map(({ name, at }) => identifier(name, at, 0)),
  ]);
  if (bytes.length > sector) throw new RangeError('too many files in one folder of a UDF volume');
  return bytes;
};

const identifier = (name: string, at: number, kind: number): Buffer => {
  const length = name === '' ? 0 : name.length + 1;
  const bytes = Buffer.alloc(Math.ceil((38 + length) / 4) * 4);
  bytes.writeUInt16LE(1, 16);
  bytes[18] = kind;
  bytes[19] = length;
  extent(bytes, 20, sector, at);
  if (length > 0) {
    bytes[38] = 8;
    bytes.write(name, 39, 'latin1');
  }
  return tagged(tags.identifier, rootDataAt, bytes);
};
