import { type FileHandle, open, rename } from 'node:fs/promises';
import { HarnessError, NetworkError } from '../../core/errors.ts';
import { type AskOptions, ask, type Source } from './http.ts';
import { forgetPart, notePart, type Part, partPath, resumePart } from './part-file.ts';

export interface Progress {
  readonly done: number;
  /** Bytes in all; undefined when the server does not say. */
  readonly total: number | undefined;
}

export interface DownloadOptions extends AskOptions {
  /** Ranges fetched at once; default 4. */
  readonly connections?: number;
  /** Default 16 MiB. */
  readonly pieceBytes?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/** What a download came to. */
export interface Downloaded {
  readonly bytes: number;
  /** Bytes that an earlier try had left. */
  readonly resumed: number;
}

const defaultConnections = 4;
const defaultPiece = 16 * 2 ** 20;

/**
 * Fetches a file into `target`, in parallel ranges where the server has them, and goes on where an earlier try ended, in
 * this process or another one. Undefined when the server does not have it. The file appears all at once.
 */
export const download = async (
  source: Source,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded | undefined> => {
  // A file that is replaced while it is fetched is fetched anew; twice would be no accident.
  for (let again = 0; ; again++) {
    try {
      return await downloadOnce(source, target, options);
    } catch (error) {
      if (!(error instanceof FileChanged)) throw error;
      await forgetPart(target);
      if (again > 0)
        throw new NetworkError('download-changed', `${source.url} changes while it is downloaded`, {
          cause: error,
        });
    }
  }
};

/** What comes is not what the download began with. */
class FileChanged extends HarnessError {
  override name = 'FileChanged';
  constructor() {
    super('download-changed', 'the file was replaced on the server');
  }
}

const downloadOnce = async (
  source: Source,
  target: string,
  options: DownloadOptions,
): Promise<Downloaded | undefined> => {
  const seen = await look(source, options);
  if (seen === undefined) return undefined;
  await using file = await openPart(partPath(target));
  const bytes = seen.ranges
    ? await fetchPieces(source, target, file, seen, options)
    : { bytes: await fetchWhole(source, file, options), resumed: 0 };
  await file.truncate(bytes.bytes);
  await file.sync();
  await rename(partPath(target), target);
  await forgetPart(target);
  return bytes;
};

const openPart = async (path: string): Promise<FileHandle> => {
  // Not 'w': that would throw away what is there already.
  const created = await open(path, 'a');
  await created.close();
  return open(path, 'r+');
};

interface Seen {
  readonly ranges: boolean;
  readonly size: number;
  readonly validator: string;
}

/** One byte tells whether it is there, how large it is, and whether ranges work. */
const look = (source: Source, options: DownloadOptions): Promise<Seen | undefined> =>
  ask(
    source,
    { headers: () => ({ range: 'bytes=0-0' }), read: response => judgeLook(response, source) },
    options,
  );

const judgeLook = async (response: Response, source: Source): Promise<Seen | undefined> => {
  await response.body?.cancel();
  const { status, headers } = response;
  if (status === 404 || status === 410) return undefined;
  const validator = headers.get('etag') ?? headers.get('last-modified') ?? '';
  const size = Number(/\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]);
  if (status === 206 && size > 0) return { ranges: true, size, validator };
  if (status === 200) return { ranges: false, size: Number(headers.get('content-length')), validator };
  if (status === 416) throw new HarnessError('download-empty', `${source.url} is empty`);
  throw new HarnessError('download-refused', `${source.url}: the server answers ${status}`);
};

const fetchWhole = (source: Source, file: FileHandle, options: DownloadOptions): Promise<number> =>
  ask(source, { read: (response, alive) => readWhole(response, alive, source, file, options) }, options);

const readWhole = async (
  response: Response,
  alive: () => void,
  source: Source,
  file: FileHandle,
  options: DownloadOptions,
): Promise<number> => {
  const total = Number(response.headers.get('content-length')) || undefined;
  let done = 0;
  for await (const chunk of response.body ?? []) {
    alive();
    await writeAll(file, chunk, done);
    done += chunk.length;
    options.onProgress?.({ done, total });
  }
  if (total !== undefined && done !== total) throw cutShort(source.url, done, total);
  return done;
};

const fetchPieces = async (
  source: Source,
  target: string,
  file: FileHandle,
  seen: Seen,
  options: DownloadOptions,
): Promise<Downloaded> => {
  const fresh = {
    url: source.url,
    size: seen.size,
    validator: seen.validator,
    pieceBytes: options.pieceBytes ?? defaultPiece,
  };
  const part = await resumePart(target, fresh);
  const resumed = sum(part.got);
  const stop = new AbortController();
  const signals = options.signal === undefined ? [stop.signal] : [options.signal, stop.signal];
  const own: DownloadOptions = { ...options, signal: AbortSignal.any(signals) };
  const waiting = part.got
    .map((_, index) => index)
    .filter(index => (part.got[index] ?? 0) < lengthOf(part, index));
  const worker = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      await fetchPiece(source, file, part, index, own);
      await noting(target, part);
    }
  };
  const count = Math.max(1, Math.min(options.connections ?? defaultConnections, waiting.length));
  try {
    const workers = Array.from({ length: count }, worker);
    for (const one of workers) one.catch((error: unknown) => stop.abort(error));
    const ended = await Promise.allSettled(workers);
    options.signal?.throwIfAborted();
    const failed = ended.find(end => end.status === 'rejected');
    if (failed !== undefined) throw stop.signal.reason ?? failed.reason;
  } finally {
    await noting(target, part).catch(() => {});
  }
  return { bytes: seen.size, resumed };
};

/** One note at a time: two renames of one draft would meet. */
const notes = new Map<string, Promise<void>>();
const noting = (target: string, part: Part): Promise<void> => {
  const next = (notes.get(target) ?? Promise.resolve()).catch(() => {}).then(() => notePart(target, part));
  notes.set(target, next);
  return next.finally(() => {
    if (notes.get(target) === next) notes.delete(target);
  });
};

const lengthOf = (part: Part, index: number): number =>
  Math.min(part.pieceBytes, part.size - index * part.pieceBytes);

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** A broken connection costs only what had not come yet: the next try asks for the rest of the piece. */
const fetchPiece = async (
  source: Source,
  file: FileHandle,
  part: Part,
  index: number,
  options: DownloadOptions,
): Promise<void> => {
  const start = index * part.pieceBytes;
  const end = start + lengthOf(part, index);
  const from = (): number => start + (part.got[index] ?? 0);
  // Weak validators cannot vouch for ranges (RFC 9110 §13.1.5).
  const vouch =
    part.validator === '' || part.validator.startsWith('W/') ? {} : { 'if-range': part.validator };
  const read = async (response: Response, alive: () => void): Promise<void> => {
    const said = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    if (response.status !== 206 || Number(said?.[1]) !== from() || Number(said?.[2]) !== part.size) {
      await response.body?.cancel();
      throw new FileChanged();
    }
    for await (const chunk of response.body ?? []) {
      alive();
      if (from() + chunk.length > end) throw new FileChanged();
      await writeAll(file, chunk, from());
      part.got[index] = (part.got[index] ?? 0) + chunk.length;
      options.onProgress?.({ done: sum(part.got), total: part.size });
    }
    if (from() < end) throw cutShort(source.url, from() - start, end - start);
  };
  await ask(
    source,
    { headers: () => ({ range: `bytes=${from()}-${end - 1}`, ...vouch }), read, mark: from },
    options,
  );
};

const cutShort = (url: string, found: number, expected: number): NetworkError =>
  new NetworkError('download-cut', `${url}: the connection ended after ${found} of ${expected} bytes`);

const writeAll = async (file: FileHandle, chunk: Uint8Array, at: number): Promise<void> => {
  try {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    throw new HarnessError(
      full ? 'disk-full' : 'download-write',
      full ? 'no room to download the image' : `the image cannot be written: ${String(error)}`,
      { hint: 'free some space (kola image prune), or set XDG_CACHE_HOME to a larger disk', cause: error },
    );
  }
};
