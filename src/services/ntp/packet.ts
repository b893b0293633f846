/** Milliseconds from the NTP era 0 (1900) to the Unix epoch. */
const epochGap = 2_208_988_800_000;
const era = 2 ** 32;

/** What a client's packet says (RFC 5905 §7.3). */
export interface NtpQuery {
  readonly version: number;
  /** Poll exponent, echoed. */
  readonly poll: number;
  /** The client's transmit timestamp as it came: 8 bytes, echoed as the origin. */
  readonly transmit: Uint8Array;
}

/** Undefined for what is not a question of a client (mode 3, versions 1 … 4). */
export const decodeQuery = (bytes: Uint8Array): NtpQuery | undefined => {
  if (bytes.length < 48) return undefined;
  const [first = 0, , poll = 0] = bytes;
  const version = (first >> 3) & 7;
  if ((first & 7) !== 3 || version < 1 || version > 4) return undefined;
  return { version, poll, transmit: bytes.slice(40, 48) };
};

/**
 * The answer of a stratum-1 server whose clock reads `received` and then `sent` (milliseconds since the epoch).
 * Precision and dispersion are those of a millisecond clock, so that clients take it at its word.
 */
export const encodeAnswer = (query: NtpQuery, received: number, sent: number): Uint8Array => {
  const buffer = Buffer.alloc(48);
  buffer[0] = (query.version << 3) | 4;
  buffer[1] = 1;
  buffer[2] = query.poll;
  buffer.writeInt8(-10, 3);
  // Root delay 0, root dispersion 1 ms in 16.16 fixed point.
  buffer.writeUInt32BE(66, 8);
  buffer.write('LOCL', 12, 'ascii');
  buffer.set(encodeTimestamp(received), 16);
  buffer.set(query.transmit, 24);
  buffer.set(encodeTimestamp(received), 32);
  buffer.set(encodeTimestamp(sent), 40);
  return buffer;
};

/** 32.32 fixed point seconds since 1900, modulo 2³² (RFC 5905 §6: eras end in 2036 and every 136 years after). */
export const encodeTimestamp = (ms: number): Uint8Array => {
  const since = ms + epochGap;
  const seconds = Math.floor(since / 1000);
  const buffer = Buffer.alloc(8);
  buffer.writeUInt32BE(((seconds % era) + era) % era, 0);
  buffer.writeUInt32BE(Math.floor(((since - seconds * 1000) / 1000) * era), 4);
  return buffer;
};

/** Milliseconds since the epoch, in the era closest to `near`; undefined for the all-zero "unknown". */
export const decodeTimestamp = (bytes: Uint8Array, near: number): number | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const [seconds, fraction] = [view.getUint32(0), view.getUint32(4)];
  if (seconds === 0 && fraction === 0) return undefined;
  const inEra = seconds * 1000 + (fraction / era) * 1000 - epochGap;
  return inEra + Math.round((near - inEra) / (era * 1000)) * era * 1000;
};
