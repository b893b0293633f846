/** An Ethernet II frame (IEEE 802.3, no VLAN tag). */
export interface EthernetFrame {
  /** `aa:bb:cc:dd:ee:ff`, lower case. */
  readonly destination: string;
  readonly source: string;
  readonly type: number;
  readonly payload: Buffer;
}

export const etherType = { ipv4: 0x0800, arp: 0x0806 } as const;
export const broadcastMac = 'ff:ff:ff:ff:ff:ff';

const headerBytes = 14;
/** The shortest payload that IEEE 802.3 allows; shorter ones are padded with zeros. */
const minPayload = 46;

export const decodeFrame = (bytes: Buffer): EthernetFrame | undefined => {
  if (bytes.length < headerBytes) return undefined;
  return {
    destination: readMac(bytes, 0),
    source: readMac(bytes, 6),
    type: bytes.readUInt16BE(12),
    payload: bytes.subarray(headerBytes),
  };
};

export const encodeFrame = (frame: EthernetFrame): Buffer => {
  const bytes = Buffer.alloc(headerBytes + Math.max(minPayload, frame.payload.length));
  writeMac(bytes, 0, frame.destination);
  writeMac(bytes, 6, frame.source);
  bytes.writeUInt16BE(frame.type, 12);
  frame.payload.copy(bytes, headerBytes);
  return bytes;
};

export const readMac = (bytes: Buffer, at: number): string =>
  Array.from(bytes.subarray(at, at + 6), byte => byte.toString(16).padStart(2, '0')).join(':');

export const writeMac = (bytes: Buffer, at: number, mac: string): void => {
  Buffer.from(mac.replaceAll(':', ''), 'hex').copy(bytes, at);
};
