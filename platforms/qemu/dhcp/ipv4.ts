/** A UDP datagram in one unfragmented IPv4 packet (RFC 791, RFC 768). */
export interface UdpPacket {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Buffer;
}

const ipHeader = 20;
const udpHeader = 8;
const udp = 17;

export const readAddress = (bytes: Buffer, at: number): string => bytes.subarray(at, at + 4).join('.');

export const writeAddress = (bytes: Buffer, at: number, address: string): void => {
  Buffer.from(address.split('.').map(Number)).copy(bytes, at);
};

/** Undefined for everything that is not one whole, intact UDP datagram. */
export const decodeUdp = (packet: Buffer): UdpPacket | undefined => {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet.length < header + udpHeader || header < ipHeader || (packet[0] ?? 0) >> 4 !== 4)
    return undefined;
  const total = packet.readUInt16BE(2);
  // "More fragments" or an offset: a fragment.
  const fragment = (packet.readUInt16BE(6) & 0x3fff) !== 0;
  if (packet[9] !== udp || fragment || total > packet.length || total < header + udpHeader) return undefined;
  if (checksum(packet.subarray(0, header)) !== 0) return undefined;
  const length = packet.readUInt16BE(header + 4);
  if (length < udpHeader || header + length > total) return undefined;
  const datagram = packet.subarray(header, header + length);
  const source = readAddress(packet, 12);
  const destination = readAddress(packet, 16);
  if (datagram.readUInt16BE(6) !== 0 && checksum(withPseudoHeader(source, destination, datagram)) !== 0)
    return undefined;
  return {
    source,
    destination,
    sourcePort: datagram.readUInt16BE(0),
    destinationPort: datagram.readUInt16BE(2),
    data: datagram.subarray(udpHeader),
  };
};

export const encodeUdp = (packet: UdpPacket): Buffer => {
  const datagram = Buffer.alloc(udpHeader + packet.data.length);
  datagram.writeUInt16BE(packet.sourcePort, 0);
  datagram.writeUInt16BE(packet.destinationPort, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  packet.data.copy(datagram, udpHeader);
  const sum = checksum(withPseudoHeader(packet.source, packet.destination, datagram));
  // Zero means "no checksum": a sum of zero is sent as its other form.
  datagram.writeUInt16BE(sum === 0 ? 0xffff : sum, 6);
  const header = Buffer.alloc(ipHeader);
  header[0] = 0x45;
  header.writeUInt16BE(ipHeader + datagram.length, 2);
  header[8] = 64;
  header[9] = udp;
  writeAddress(header, 12, packet.source);
  writeAddress(header, 16, packet.destination);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, datagram]);
};

const withPseudoHeader = (source: string, destination: string, datagram: Buffer): Buffer => {
  const pseudo = Buffer.alloc(12);
  writeAddress(pseudo, 0, source);
  writeAddress(pseudo, 4, destination);
  pseudo[9] = udp;
  pseudo.writeUInt16BE(datagram.length, 10);
  return Buffer.concat([pseudo, datagram]);
};

/** The Internet checksum (RFC 1071). Zero over bytes that carry a right checksum. */
export const checksum = (bytes: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};
