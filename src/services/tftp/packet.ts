/** The packets of RFC 1350 and the option acknowledgment of RFC 2347. */
export type TftpPacket =
  | {
      readonly op: 'read' | 'write';
      readonly path: string;
      /** `octet` or `netascii`, lower case. */
      readonly mode: string;
      /** Lower-case names. */
      readonly options: TftpOptions;
    }
  | { readonly op: 'data'; readonly block: number; readonly data: Uint8Array }
  | { readonly op: 'ack'; readonly block: number }
  | { readonly op: 'error'; readonly code: number; readonly message: string }
  | { readonly op: 'oack'; readonly options: TftpOptions };
export type TftpOptions = Readonly<Record<string, string>>;

export const tftpErrors = {
  undefined: 0,
  notFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  optionRefused: 8,
} as const;

const opcodes = { read: 1, write: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;
const nul = Buffer.of(0);

export const encodeTftp = (packet: TftpPacket): Uint8Array => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(opcodes[packet.op]);
  switch (packet.op) {
    case 'read':
    case 'write':
      return Buffer.concat([head, text(packet.path), text(packet.mode), optionBytes(packet.options)]);
    case 'data':
      return Buffer.concat([head, uint16(packet.block), packet.data]);
    case 'ack':
      return Buffer.concat([head, uint16(packet.block)]);
    case 'error':
      return Buffer.concat([head, uint16(packet.code), text(packet.message)]);
    case 'oack':
      return Buffer.concat([head, optionBytes(packet.options)]);
  }
};

/** Undefined for what is not a TFTP packet. */
export const decodeTftp = (bytes: Uint8Array): TftpPacket | undefined => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 2) return undefined;
  const rest = buffer.subarray(2);
  switch (buffer.readUInt16BE(0)) {
    case opcodes.read:
      return decodeRequest('read', rest);
    case opcodes.write:
      return decodeRequest('write', rest);
    case opcodes.data:
      return rest.length < 2
        ? undefined
        : { op: 'data', block: rest.readUInt16BE(0), data: new Uint8Array(rest.subarray(2)) };
    case opcodes.ack:
      return rest.length === 2 ? { op: 'ack', block: rest.readUInt16BE(0) } : undefined;
    case opcodes.error:
      return decodeError(rest);
    case opcodes.oack: {
      const options = optionsOf(stringsOf(rest));
      return options === undefined ? undefined : { op: 'oack', options };
    }
    default:
      return undefined;
  }
};

const decodeRequest = (op: 'read' | 'write', rest: Buffer): TftpPacket | undefined => {
  const [path, mode, ...pairs] = stringsOf(rest) ?? [];
  const options = optionsOf(pairs);
  if (path === undefined || mode === undefined || options === undefined) return undefined;
  return { op, path, mode: mode.toLowerCase(), options };
};

const decodeError = (rest: Buffer): TftpPacket | undefined => {
  if (rest.length < 2) return undefined;
  const message = stringsOf(rest.subarray(2));
  return message === undefined
    ? undefined
    : { op: 'error', code: rest.readUInt16BE(0), message: message[0] ?? '' };
};

/** The NUL-terminated strings that fill the buffer; undefined when the last one has no end. */
const stringsOf = (buffer: Buffer): string[] | undefined => {
  if (buffer.length === 0) return [];
  if (buffer.at(-1) !== 0) return undefined;
  return buffer.toString('utf8', 0, buffer.length - 1).split('\0');
};

const optionsOf = (strings: readonly string[] | undefined): TftpOptions | undefined => {
  if (strings === undefined || strings.length % 2 !== 0) return undefined;
  const pairs: [string, string][] = [];
  for (let i = 0; i < strings.length; i += 2)
    pairs.push([strings[i]?.toLowerCase() ?? '', strings[i + 1] ?? '']);
  return Object.fromEntries(pairs);
};

const optionBytes = (options: TftpOptions): Buffer =>
  Buffer.concat(Object.entries(options).flatMap(([name, value]) => [text(name), text(value)]));

const text = (value: string): Buffer => Buffer.concat([Buffer.from(value), nul]);

const uint16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
};
