import type { Body, FullAnswer } from './body.ts';
import { type ByteRange, parseRange } from './range.ts';

/** What goes over the wire: status, headers, and which part of the body. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** Undefined: no body. */
  readonly part: ByteRange | undefined;
}

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Applies `Range`, `If-Range` and HEAD to an answer. Only a plain 200 to GET or HEAD can be cut into parts. */
export const replyTo = (asked: Asked, answer: FullAnswer): Reply => {
  const { body } = answer;
  const isReading = asked.method === 'GET' || asked.method === 'HEAD';
  const headers = { 'content-type': body.type, ...answer.headers };
  if (!isReading || answer.status !== 200) return whole(asked, { ...answer, headers });

  const offered = { 'accept-ranges': 'bytes', etag: body.etag, ...headers };
  const wanted = rangeHeader(asked, body);
  const range = asked.method === 'GET' ? parseRange(wanted, body.size) : 'whole';
  if (range === 'whole') return whole(asked, { ...answer, headers: offered });
  if (range === 'unsatisfiable')
    return {
      status: 416,
      headers: { ...offered, 'content-range': `bytes */${body.size}`, 'content-length': '0' },
      body,
      part: undefined,
    };
  return {
    status: 206,
    headers: {
      ...offered,
      'content-range': `bytes ${range.first}-${range.last}/${body.size}`,
      'content-length': String(range.last - range.first + 1),
    },
    body,
    part: range,
  };
};

/** A download that is resumed must not be glued to another version of the file. */
const rangeHeader = (asked: Asked, body: Body): string | undefined => {
  const validator = asked.headers['if-range'];
  return validator === undefined || validator === body.etag ? asked.headers.range : undefined;
};

const whole = (asked: Asked, { status, headers, body }: FullAnswer): Reply => {
  const isBodyless = asked.method === 'HEAD' || status === 204 || status === 304;
  return {
    status,
    headers: status === 204 || status === 304 ? headers : { ...headers, 'content-length': String(body.size) },
    body,
    part: isBodyless || body.size === 0 ? undefined : { first: 0, last: body.size - 1 },
  };
};
