import { readMac, writeMac } from './ethernet.ts';
import { readAddress, writeAddress } from './ipv4.ts';

/** DHCP message types (RFC 2132 §9.6). */
export const dhcpType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** DHCP options (RFC 2132) that this code writes or asks for. */
export const dhcpOption = {
  subnetMask: 1,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverIdentifier: 54,
  end: 255,
} as const;

/** A DHCP message (RFC 2131 §2). Addresses in dotted form; `0.0.0.0` is none. */
export interface DhcpMessage {
  /** 1 from a client, 2 from a server. */
  readonly operation: 1 | 2;
  readonly transaction: number;
  /** The client cannot take a unicast answer yet. */
  readonly broadcast: boolean;
  readonly clientAddress: string;
  readonly yourAddress: string;
  readonly serverAddress: string;
  readonly relayAddress: string;
  readonly mac: string;
  /** Raw option values by code, in order, without padding and end. */
  readonly options: ReadonlyMap<number, Buffer>;
}

const fixedBytes = 236;
const magic = 0x63825363;
/** BOOTP's smallest message; some clients drop shorter ones. */
const minBytes = 300;

export const decodeDhcp = (bytes: Buffer): DhcpMessage | undefined => {
  const operation = bytes[0];
  if (bytes.length < fixedBytes + 4 || bytes.readUInt32BE(fixedBytes) !== magic) return undefined;
  // Ethernet with addresses of six bytes.
  if ((operation !== 1 && operation !== 2) || bytes[1] !== 1 || bytes[2] !== 6) return undefined;
  const options = decodeOptions(bytes.subarray(fixedBytes + 4));
  if (options === undefined) return undefined;
  return {
    operation,
    transaction: bytes.readUInt32BE(4),
    broadcast: (bytes.readUInt16BE(10) & 0x8000) !== 0,
    clientAddress: readAddress(bytes, 12),
    yourAddress: readAddress(bytes, 16),
    serverAddress: readAddress(bytes, 20),
    relayAddress: readAddress(bytes, 24),
    mac: readMac(bytes, 28),
    options,
  };
};

const decodeOptions = (bytes: Buffer): Map<number, Buffer> | undefined => {
  const options = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length && bytes[at] !== dhcpOption.end) {
    const code = bytes[at] ?? 0;
    if (code === 0) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) return undefined;
    const value = bytes.subarray(at + 2, at + 2 + length);
    // Values longer than 255 bytes come in parts (RFC 3396).
    options.set(code, Buffer.concat([options.get(code) ?? Buffer.alloc(0), value]));
    at += 2 + length;
  }
  return options;
};

export const encodeDhcp = (message: DhcpMessage): Buffer => {
  const fixed = Buffer.alloc(fixedBytes + 4);
  fixed[0] = message.operation;
  fixed[1] = 1;
  fixed[2] = 6;
  fixed.writeUInt32BE(message.transaction, 4);
  fixed.writeUInt16BE(message.broadcast ? 0x8000 : 0, 10);
  writeAddress(fixed, 12, message.clientAddress);
  writeAddress(fixed, 16, message.yourAddress);
  writeAddress(fixed, 20, message.serverAddress);
  writeAddress(fixed, 24, message.relayAddress);
  writeMac(fixed, 28, message.mac);
  fixed.writeUInt32BE(magic, fixedBytes);
  const options = [...message.options].flatMap(([code, value]) => encodeOption(code, value));
  const bytes = Buffer.concat([fixed, ...options, Buffer.from([dhcpOption.end])]);
  return bytes.length >= minBytes ? bytes : Buffer.concat([bytes, Buffer.alloc(minBytes - bytes.length)]);
};

const encodeOption = (code: number, value: Buffer): Buffer[] => {
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < value.length; at += 255) {
    const part = value.subarray(at, at + 255);
    parts.push(Buffer.from([code, part.length]), part);
  }
  return parts;
};
