import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const form = /^sha256:[0-9a-f]{64}$/;

/**
 * `sha256:…` of a file. The answer is remembered in `cacheDir` for as long as path, size, times and inode stay the
 * same, so that a disk of several gigabytes is read once and not at every start.
 */
export const fileDigest = async (path: string, cacheDir: string, signal?: AbortSignal): Promise<string> => {
  const before = await identity(path);
  const remembered = join(cacheDir, '.digests', before);
  const known = await readFile(remembered, 'utf8').catch(() => '');
  if (form.test(known)) return known;
  const digest = `sha256:${await hashFile(path, signal)}`;
  // A file that changed while it was read has no digest worth keeping.
  if ((await identity(path)) === before) await remember(remembered, digest);
  return digest;
};

const identity = async (path: string): Promise<string> => {
  const facts = await stat(path, { bigint: true });
  const text = [path, facts.size, facts.mtimeNs, facts.ctimeNs, facts.dev, facts.ino].join('\0');
  return createHash('sha256').update(text).digest('hex');
};

/** SHA-256 of a file's contents, in hexadecimal. */
export const hashFile = async (path: string, signal?: AbortSignal): Promise<string> => {
  const sum = createHash('sha256');
  const bytes = createReadStream(path, {
    highWaterMark: 1 << 20,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const chunk of bytes) sum.update(chunk);
  return sum.digest('hex');
};

/** A cache that cannot be written (disk full, read-only) costs time at the next start, and nothing else. */
const remember = async (path: string, digest: string): Promise<void> => {
  const draft = `${path}.${process.pid}`;
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(draft, digest);
    await rename(draft, path);
  } catch {}
};
