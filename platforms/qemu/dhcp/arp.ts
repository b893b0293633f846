import { readMac, writeMac } from './ethernet.ts';
import { readAddress, writeAddress } from './ipv4.ts';

/** An ARP packet for IPv4 over Ethernet (RFC 826). */
export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac: string;
  readonly targetAddress: string;
}

const bytesOfPacket = 28;
/** Ethernet, IPv4, six-byte and four-byte addresses. */
const prefix = Buffer.from([0, 1, 8, 0, 6, 4]);

export const decodeArp = (bytes: Buffer): ArpPacket | undefined => {
  if (bytes.length < bytesOfPacket || !bytes.subarray(0, 6).equals(prefix)) return undefined;
  const operation = bytes.readUInt16BE(6);
  if (operation !== 1 && operation !== 2) return undefined;
  return {
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: readMac(bytes, 8),
    senderAddress: readAddress(bytes, 14),
    targetMac: readMac(bytes, 18),
    targetAddress: readAddress(bytes, 24),
  };
};

export const encodeArp = (packet: ArpPacket): Buffer => {
  const bytes = Buffer.alloc(bytesOfPacket);
  prefix.copy(bytes);
  bytes.writeUInt16BE(packet.operation === 'request' ? 1 : 2, 6);
  writeMac(bytes, 8, packet.senderMac);
  writeAddress(bytes, 14, packet.senderAddress);
  writeMac(bytes, 18, packet.targetMac);
  writeAddress(bytes, 24, packet.targetAddress);
  return bytes;
};
