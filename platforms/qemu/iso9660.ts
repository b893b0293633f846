/** A file of an ISO 9660 volume. Path parts of letters, digits and `_`, with at most one dot in the last. */
export interface IsoFile {
  readonly path: string;
  readonly content: Buffer;
}

const sector = 2048;
/** ECMA-119 §6.2.1: the first sixteen sectors belong to the system. */
const systemArea = 16;

interface Node {
  readonly name: string;
  readonly parent: Node | undefined;
  readonly children: Node[];
  /** Undefined for a folder. */
  readonly content: Buffer | undefined;
  at: number;
}

/**
 * Makes an ISO 9660 volume (ECMA-119, level 2 names). Linux shows its names in lower case, so that
 * `openstack/latest/user_data` comes out as it went in. Same input, same bytes: no times are kept.
 */
export const makeIso = (label: string, files: readonly IsoFile[]): Buffer => {
  const root: Node = { name: '', parent: undefined, children: [], content: undefined, at: 0 };
  for (const file of files) addFile(root, file);
  const folders = foldersOf(root);
  const [pathTableL, pathTableM] = [systemArea + 2, systemArea + 3];
  let next = systemArea + 4;
  const place = (node: Node): void => {
    node.at = next;
    next += Math.max(1, Math.ceil(sizeOf(node) / sector));
  };
  for (const folder of folders) place(folder);
  const contents = folders.flatMap(folder => folder.children.filter(child => child.content !== undefined));
  for (const file of contents) place(file);

  const volume = Buffer.alloc(next * sector);
  const tableBytes = pathTable(folders, 'LE').length;
  volumeDescriptor({ label, root, sectors: next, tableBytes, pathTableL, pathTableM }).copy(
    volume,
    systemArea * sector,
  );
  volume.write('\xffCD001\x01', (systemArea + 1) * sector, 'latin1');
  pathTable(folders, 'LE').copy(volume, pathTableL * sector);
  pathTable(folders, 'BE').copy(volume, pathTableM * sector);
  for (const folder of folders) folderBytes(folder).copy(volume, folder.at * sector);
  for (const file of contents) file.content?.copy(volume, file.at * sector);
  return volume;
};

const addFile = (root: Node, file: IsoFile): void => {
  const parts = file.path.toUpperCase().split('/');
  let folder = root;
  parts.forEach((name, index) => {
    const last = index === parts.length - 1;
    const known = folder.children.find(child => child.name === name);
    const node: Node = known ?? {
      name,
      parent: folder,
      children: [],
      content: last ? file.content : undefined,
      at: 0,
    };
    if (known === undefined) folder.children.push(node);
    folder = node;
  });
};

/** Level by level, as the path table wants them. */
const foldersOf = (root: Node): Node[] => {
  const folders = [root];
  for (const folder of folders) {
    folder.children.sort((a, b) => (a.name < b.name ? -1 : 1));
    folders.push(...folder.children.filter(child => child.content === undefined));
  }
  return folders;
};

const recordName = (node: Node): Buffer => {
  if (node.content === undefined) return Buffer.from(node.name, 'latin1');
  return Buffer.from(`${node.name}${node.name.includes('.') ? '' : '.'}`.concat(';1'), 'latin1');
};

const sizeOf = (node: Node): number =>
  node.content === undefined ? folderBytes(node).length : node.content.length;

const folderBytes = (folder: Node): Buffer => {
  const records = [
    record(folder, Buffer.from([0])),
    record(folder.parent ?? folder, Buffer.from([1])),
    ...folder.children.map(child => record(child, recordName(child))),
  ];
  // A record may not cross a sector border; the few that a config drive has fit into one sector.
  const bytes = Buffer.concat(records);
  if (bytes.length > sector)
    throw new RangeError(`too many files in one folder of an ISO volume: ${folder.name}`);
  return bytes;
};

/** ECMA-119 §9.1. */
const record = (node: Node, name: Buffer): Buffer => {
  const bytes = Buffer.alloc(33 + name.length + ((33 + name.length) % 2));
  bytes[0] = bytes.length;
  writeBoth32(bytes, 2, node.at);
  writeBoth32(bytes, 10, node.content === undefined ? sector : node.content.length);
  bytes[25] = node.content === undefined ? 2 : 0;
  writeBoth16(bytes, 28, 1);
  bytes[32] = name.length;
  name.copy(bytes, 33);
  return bytes;
};

const pathTable = (folders: readonly Node[], order: 'LE' | 'BE'): Buffer =>
  Buffer.concat(
    folders.map(folder => {
      const name = folder.parent === undefined ? Buffer.from([0]) : recordName(folder);
      const bytes = Buffer.alloc(8 + name.length + (name.length % 2));
      bytes[0] = name.length;
      const parent = folders.indexOf(folder.parent ?? folder) + 1;
      if (order === 'LE') {
        bytes.writeUInt32LE(folder.at, 2);
        bytes.writeUInt16LE(parent, 6);
      } else {
        bytes.writeUInt32BE(folder.at, 2);
        bytes.writeUInt16BE(parent, 6);
      }
      name.copy(bytes, 8);
      return bytes;
    }),
  );

interface VolumeFacts {
  readonly label: string;
  readonly root: Node;
  readonly sectors: number;
  readonly tableBytes: number;
  readonly pathTableL: number;
  readonly pathTableM: number;
}

/** ECMA-119 §8.4. */
const volumeDescriptor = (facts: VolumeFacts): Buffer => {
  const bytes = Buffer.alloc(sector);
  bytes.write('\x01CD001\x01', 0, 'latin1');
  bytes.fill(0x20, 8, 72);
  bytes.write(facts.label, 40, 'latin1');
  writeBoth32(bytes, 80, facts.sectors);
  writeBoth16(bytes, 120, 1);
  writeBoth16(bytes, 124, 1);
  writeBoth16(bytes, 128, sector);
  writeBoth32(bytes, 132, facts.tableBytes);
  bytes.writeUInt32LE(facts.pathTableL, 140);
  bytes.writeUInt32BE(facts.pathTableM, 148);
  record(facts.root, Buffer.from([0])).copy(bytes, 156);
  bytes.fill(0x20, 190, 813);
  for (const at of [813, 830, 847, 864]) bytes.fill(0x30, at, at + 16);
  bytes[881] = 1;
  return bytes;
};

const writeBoth32 = (bytes: Buffer, at: number, value: number): void => {
  bytes.writeUInt32LE(value, at);
  bytes.writeUInt32BE(value, at + 4);
};

const writeBoth16 = (bytes: Buffer, at: number, value: number): void => {
  bytes.writeUInt16LE(value, at);
  bytes.writeUInt16BE(value, at + 2);
};
