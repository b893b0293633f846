import type { TftpOptions, TftpPacket } from './packet.ts';

const defaultBlockSize = 512;
const mostBlockSize = 65_464;

/** What a client asked for and gets: options it may use, and what they mean for the transfer. */
export interface Terms {
  /** To be acknowledged; empty = the transfer starts with the first block. */
  readonly accepted: TftpOptions;
  /** Bytes of a block. */
  readonly blockSize: number;
  /** Milliseconds before something is sent again; undefined = ours. */
  readonly timeout: number | undefined;
}

/** Answers the options of RFC 2348 (blksize) and RFC 2349 (tsize, timeout); others are left out, as they may be. */
export const negotiate = (asked: TftpOptions, size: number): Terms => {
  // A block size above the limit may be answered with a smaller one; a timeout is taken as it is or not at all.
  const blockSize = inRange(limited(asked.blksize, mostBlockSize), 8, mostBlockSize);
  const timeout = inRange(number(asked.timeout), 1, 255);
  return {
    accepted: {
      ...(blockSize === undefined ? {} : { blksize: String(blockSize) }),
      ...(timeout === undefined ? {} : { timeout: String(timeout) }),
      ...(asked.tsize === undefined ? {} : { tsize: String(size) }),
    },
    blockSize: blockSize ?? defaultBlockSize,
    timeout: timeout === undefined ? undefined : timeout * 1000,
  };
};

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

const limited = (text: string | undefined, most: number): number | undefined => {
  const value = number(text);
  return value === undefined ? undefined : Math.min(value, most);
};

const inRange = (value: number | undefined, least: number, most: number): number | undefined =>
  value === undefined || value < least || value > most ? undefined : value;

export type Step =
  | { readonly kind: 'send'; readonly packet: TftpPacket }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'done' }
  | { readonly kind: 'aborted'; readonly reason: string };

/** The sending side of one read, without sockets or time. */
export class Transfer {
  readonly terms: Terms;
  readonly #content: Uint8Array;
  readonly #blocks: number;
  /** The block that waits for its acknowledgment; 0 = the options do. */
  #block: number;

  constructor(content: Uint8Array, asked: TftpOptions) {
    this.terms = negotiate(asked, content.length);
    this.#content = content;
    // The last block is shorter than a full one, if need be empty: that is how the client knows.
    this.#blocks = Math.floor(content.length / this.terms.blockSize) + 1;
    this.#block = Object.keys(this.terms.accepted).length === 0 ? 1 : 0;
  }

  /** What was sent last, or is sent first. */
  current(): TftpPacket {
    if (this.#block === 0) return { op: 'oack', options: this.terms.accepted };
    const start = (this.#block - 1) * this.terms.blockSize;
    // Block numbers have 16 bits and start over at 0 in big files.
    return {
      op: 'data',
      block: this.#block & 0xff_ff,
      data: this.#content.subarray(start, start + this.terms.blockSize),
    };
  }

  receive(packet: TftpPacket | undefined): Step {
    if (packet?.op === 'error')
      return { kind: 'aborted', reason: `client: ${packet.message} (${packet.code})` };
    // Old acknowledgments that come twice must not make us send twice.
    if (packet?.op !== 'ack' || packet.block !== (this.#block & 0xff_ff)) return { kind: 'ignore' };
    if (this.#block === this.#blocks) return { kind: 'done' };
    this.#block++;
    return { kind: 'send', packet: this.current() };
  }
}
