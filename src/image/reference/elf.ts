/** A reader for the two things the initrd assembler must know of an ELF file: its libraries and its loader. */
export interface ElfNeeds {
  readonly needed: readonly string[];
  readonly interpreter: string | undefined;
  /** DT_RPATH and DT_RUNPATH entries, where private libraries (systemd's) are found. */
  readonly runPaths: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Undefined when the bytes are not a 64-bit little-endian ELF file (a script, say). */
export function readElfNeeds(bytes: Buffer): ElfNeeds | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1)
    return undefined;
  const segments = readSegments(bytes);
  const interp = segments.find(segment => segment.type === PT_INTERP);
  const dynamic = segments.find(segment => segment.type === PT_DYNAMIC);
  const interpreter = interp === undefined ? undefined : cString(bytes, interp.offset);
  if (dynamic === undefined) return { needed: [], interpreter, runPaths: [] };

  const entries: { tag: number; value: number }[] = [];
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.size; at += 16) {
    const tag = Number(bytes.readBigInt64LE(at));
    if (tag === 0) break;
    entries.push({ tag, value: Number(bytes.readBigUInt64LE(at + 8)) });
  }
  const tableAddress = entries.find(entry => entry.tag === DT_STRTAB)?.value;
  if (tableAddress === undefined) return { needed: [], interpreter, runPaths: [] };
  const table = fileOffset(segments, tableAddress);
  const strings = (...tags: number[]): string[] =>
    entries.filter(entry => tags.includes(entry.tag)).map(entry => cString(bytes, table + entry.value));
  return {
    needed: strings(DT_NEEDED),
    interpreter,
    runPaths: strings(DT_RPATH, DT_RUNPATH).flatMap(path => path.split(':')),
  };
}

function readSegments(bytes: Buffer): Segment[] {
  const start = Number(bytes.readBigUInt64LE(32));
  const entrySize = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * entrySize;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    segment =>
      segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.size,
  );
  if (home === undefined) throw new Error(`no ELF segment holds address 0x${address.toString(16)}`);
  return address - home.address + home.offset;
}

function cString(bytes: Buffer, offset: number): string {
  return bytes.toString('utf8', offset, bytes.indexOf(0, offset));
}
