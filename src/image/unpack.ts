import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflateRaw } from 'node:zlib';
import { HarnessError, KolaError, UsageError } from '../core/errors.ts';
import { fileDigest } from './digest.ts';
import { readZip } from './zip.ts';

/** How an image is packed, by its first bytes. */
export type PackedForm = 'bzip2' | 'gzip' | 'zip';

export interface UnpackOptions {
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * Unpacks a `.bz2`, `.gz`, `.tar.gz` (Google's form: `disk.raw` inside) or `.zip` image once; later calls find it by the digest of the packed file. The result appears
 * all at once or not at all, also when two runs do it side by side. Returns the path of the disk.
 */
export const unpackImage = async (
  packed: string,
  form: PackedForm,
  options: UnpackOptions,
): Promise<string> => {
  const digest = await fileDigest(packed, options.cacheDir, options.signal);
  const name = basename(packed).replace(/\.(bz2|tar\.gz|gz|zip)$/i, '');
  const home = join(options.cacheDir, `unpacked-${digest.slice('sha256:'.length, 'sha256:'.length + 16)}`);
  const found = await diskIn(home);
  if (found !== undefined) return found;
  options.log(`Unpacking ${packed} into ${home}, once`);
  await mkdir(options.cacheDir, { recursive: true }).catch(error =>
    Promise.reject(explain(error, packed, options.cacheDir)),
  );
  const draft = await mkdtemp(join(options.cacheDir, '.unpacking-'));
  try {
    await unpackInto(packed, form, join(draft, name), options.signal);
    await settle(draft, home);
    return join(home, name);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explain(error, packed, options.cacheDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const diskIn = async (home: string): Promise<string | undefined> => {
  const [file] = await readdir(home).catch(() => []);
  return file === undefined ? undefined : join(home, file);
};

/** Somebody else may have been faster: theirs is as good, as it was made of the same bytes. */
const settle = async (draft: string, home: string): Promise<void> => {
  try {
    await rename(draft, home);
  } catch (error) {
    if ((await diskIn(home)) === undefined) throw error;
  }
};

const unpackInto = async (
  packed: string,
  form: PackedForm,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const write = (chunks: AsyncIterable<Buffer>): Promise<void> => writeSparse(chunks, target);
  const stop = signal === undefined ? {} : { signal };
  if (form === 'zip') {
    const { content, inflate } = await readZip(packed);
    if (inflate) await pipeline(content, createInflateRaw({ chunkSize: 1 << 20 }), write, stop);
    else await pipeline(content, write, stop);
    return;
  }
  if (form === 'gzip' && !packed.endsWith('.tar.gz')) {
    const file = createReadStream(packed, { highWaterMark: 1 << 20 });
    await pipeline(file, createGunzip({ chunkSize: 1 << 20 }), write, stop);
    return;
  }
  await unpackWith(programsFor(packed, form), packed, target, signal);
};

interface Unpacker {
  readonly program: string;
  readonly args: readonly string[];
  /** Debian package that has it. */
  readonly from: string;
}

/** The first that is installed is taken: lbzip2 uses every core, bzip2 is on every machine. */
const programsFor = (packed: string, form: 'bzip2' | 'gzip'): readonly Unpacker[] => {
  if (form === 'gzip') return [{ program: 'tar', args: ['-xzOf', packed, 'disk.raw'], from: 'tar' }];
  return ['lbzip2', 'bzip2'].map(program => ({ program, args: ['-d', '-c', '--', packed], from: 'bzip2' }));
};

const unpackWith = async (
  unpackers: readonly Unpacker[],
  packed: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> => {
  for (const unpacker of unpackers) {
    const ended = await runUnpacker(unpacker, target, signal);
    if (ended === 'missing') continue;
    if (ended.code === 0) return;
    throw new UsageError('image-damaged', `${packed} cannot be unpacked: ${ended.complaint}`, {
      hint: 'fetch the image again',
    });
  }
  const last = unpackers.at(-1);
  throw new HarnessError(
    'missing-program',
    `${last?.program} is needed to unpack ${packed}, and is not installed`,
    { hint: `apt-get install ${last?.from}, or kola setup` },
  );
};

type Ended = 'missing' | { readonly code: number | null; readonly complaint: string };

const runUnpacker = async (
  { program, args }: Unpacker,
  target: string,
  signal: AbortSignal | undefined,
): Promise<Ended> => {
  const child = spawn(program, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 2000);
  });
  const exit = Promise.withResolvers<Ended>();
  child.once('error', error =>
    'code' in error && error.code === 'ENOENT' ? exit.resolve('missing') : exit.reject(error),
  );
  child.once('close', code =>
    exit.resolve({ code, complaint: firstLine(complaint) || `${program} ended with ${code}` }),
  );
  const written = writeSparse(child.stdout, target).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const [ended] = await Promise.all([exit.promise, written]);
  return ended;
};

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';

const chunkBytes = 64 * 1024;
const zeros = Buffer.alloc(chunkBytes);

/** Writes a stream to a file and leaves holes where it is zero: most of a disk image is. */
const writeSparse = async (chunks: AsyncIterable<Buffer>, target: string): Promise<void> => {
  await using file = await open(target, 'w', 0o644);
  let at = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += chunkBytes) {
      const part = chunk.subarray(from, from + chunkBytes);
      if (!part.equals(zeros.subarray(0, part.length))) await file.write(part, 0, part.length, at);
      at += part.length;
    }
  }
  await file.truncate(at);
};

const explain = (error: unknown, packed: string, cacheDir: string): unknown => {
  if (error instanceof KolaError || !(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOSPC')
    return new HarnessError('disk-full', `no room in ${cacheDir} to unpack ${packed}`, {
      hint: 'free some space (kola image list, kola image rm), or set XDG_CACHE_HOME to a larger disk',
      cause: error,
    });
  if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'ENOTDIR')
    return new UsageError(
      'cache-unwritable',
      `cannot write into the image cache ${cacheDir}: ${error.message}`,
      {
        hint: 'set XDG_CACHE_HOME to a folder that can be written',
        cause: error,
      },
    );
  if (typeof error.code === 'string' && error.code.startsWith('Z_'))
    return new UsageError('image-damaged', `${packed} cannot be unpacked: ${error.message}`, {
      hint: 'fetch the image again',
      cause: error,
    });
  return error;
};
