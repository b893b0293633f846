import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { HttpAnswer } from '../../core/services.ts';
import type { ByteRange } from './range.ts';

/** Something to send, of which parts can be sent. */
export interface Body {
  readonly size: number;
  readonly type: string;
  /** Strong validator, quoted. */
  readonly etag: string;
  /** A fresh stream over these bytes. */
  open(range: ByteRange): Readable;
}

/** An answer with its defaults filled in. */
export interface FullAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export const bodyOf = (content: string | Uint8Array): Body => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  return {
    size: bytes.length,
    type: typeof content === 'string' ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`,
    open: ({ first, last }) => Readable.from([bytes.subarray(first, last + 1)]),
  };
};

export const fileBody = async (path: string): Promise<Body> => {
  const { size, mtimeMs } = await stat(path);
  return {
    size,
    type: 'application/octet-stream',
    etag: `"${size}-${Math.round(mtimeMs)}"`,
    open: ({ first, last }) => createReadStream(path, { start: first, end: last }),
  };
};

export const fullAnswer = async (answer: HttpAnswer): Promise<FullAnswer> => {
  if (typeof answer === 'string' || answer instanceof Uint8Array)
    return { status: 200, headers: {}, body: bodyOf(answer) };
  return {
    status: answer.status ?? 200,
    headers: lowerCased(answer.headers ?? {}),
    body: answer.file === undefined ? bodyOf(answer.body ?? '') : await fileBody(answer.file),
  };
};

/** A header that is written in two cases would go out twice, and clients take the first. */
const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
