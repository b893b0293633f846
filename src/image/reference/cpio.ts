/** A writer for the "newc" archives the kernel unpacks. Everything belongs to root and carries no time: same input, same bytes. */
export interface CpioEntry {
  /** Path without a leading slash. */
  readonly path: string;
  /** File type and permission bits as in stat(2). */
  readonly mode: number;
  /** File contents, or the target of a symbolic link. */
  readonly data: Buffer;
}

export const FILE_MODE = 0o100000;
export const DIR_MODE = 0o040000;
export const LINK_MODE = 0o120000;

export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const chunks: Buffer[] = [];
  entries.forEach((entry, index) => {
    chunks.push(header(entry, index + 1), padded(entry.data));
  });
  chunks.push(header({ path: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) }, 0));
  const archive = Buffer.concat(chunks);
  return Buffer.concat([archive, Buffer.alloc((512 - (archive.length % 512)) % 512)]);
}

function header(entry: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`);
  const fields = [inode, entry.mode, 0, 0, 1, 0, entry.data.length, 0, 0, 0, 0, name.length, 0];
  const text = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`;
  return padded(Buffer.concat([Buffer.from(text), name]));
}

function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
