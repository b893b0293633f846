import { decodeArp, encodeArp } from './arp.ts';
import { broadcastMac, decodeFrame, type EthernetFrame, encodeFrame, etherType } from './ethernet.ts';
import { decodeUdp, encodeUdp } from './ipv4.ts';
import { type DhcpMessage, decodeDhcp, dhcpOption, dhcpType, encodeDhcp } from './message.ts';

/** What the server of one private network knows. */
export interface DhcpConfig {
  readonly serverMac: string;
  readonly serverAddress: string;
  readonly subnetMask: string;
  /** The address that belongs to a network card; undefined for cards that are not ours. */
  readonly addressOf: (mac: string) => string | undefined;
}

const serverPort = 67;
const clientPort = 68;
const limitedBroadcast = '255.255.255.255';
const none = '0.0.0.0';

/**
 * The frame that answers a frame, if any does. The server gives each known card its one address for ever, says
 * nothing of routers or name servers (the other card has those), and answers ARP for its own address.
 */
export const answerFrame = (bytes: Buffer, config: DhcpConfig): Buffer | undefined => {
  const frame = decodeFrame(bytes);
  if (frame === undefined || frame.source === config.serverMac) return undefined;
  if (frame.destination !== broadcastMac && frame.destination !== config.serverMac) return undefined;
  if (frame.type === etherType.arp) return answerArp(frame, config);
  if (frame.type === etherType.ipv4) return answerIp(frame, config);
  return undefined;
};

const answerArp = (frame: EthernetFrame, config: DhcpConfig): Buffer | undefined => {
  const question = decodeArp(frame.payload);
  if (question?.operation !== 'request' || question.targetAddress !== config.serverAddress) return undefined;
  const payload = encodeArp({
    operation: 'reply',
    senderMac: config.serverMac,
    senderAddress: config.serverAddress,
    targetMac: question.senderMac,
    targetAddress: question.senderAddress,
  });
  return encodeFrame({
    destination: question.senderMac,
    source: config.serverMac,
    type: etherType.arp,
    payload,
  });
};

const answerIp = (frame: EthernetFrame, config: DhcpConfig): Buffer | undefined => {
  const packet = decodeUdp(frame.payload);
  if (packet?.destinationPort !== serverPort) return undefined;
  const question = decodeDhcp(packet.data);
  const reply = question === undefined ? undefined : answerDhcp(question, config);
  if (reply === undefined) return undefined;
  const toAll = reply.broadcast || reply.yourAddress === none;
  const payload = encodeUdp({
    source: config.serverAddress,
    destination: toAll ? limitedBroadcast : reply.yourAddress,
    sourcePort: serverPort,
    destinationPort: clientPort,
    data: encodeDhcp(reply),
  });
  return encodeFrame({
    destination: toAll ? broadcastMac : reply.mac,
    source: config.serverMac,
    type: etherType.ipv4,
    payload,
  });
};

/** RFC 2131 §4.3, for a server whose leases are fixed. */
export const answerDhcp = (question: DhcpMessage, config: DhcpConfig): DhcpMessage | undefined => {
  const own = config.addressOf(question.mac);
  if (question.operation !== 1 || own === undefined) return undefined;
  switch (question.options.get(dhcpOption.messageType)?.[0]) {
    case dhcpType.discover:
      return reply(question, dhcpType.offer, own, config);
    case dhcpType.request:
      return answerRequest(question, own, config);
    case dhcpType.inform:
      return reply(question, dhcpType.ack, none, config);
    default:
      return undefined;
  }
};

const answerRequest = (question: DhcpMessage, own: string, config: DhcpConfig): DhcpMessage | undefined => {
  const server = optionAddress(question, dhcpOption.serverIdentifier);
  // The client took another server's offer.
  if (server !== undefined && server !== config.serverAddress) return undefined;
  const wanted = optionAddress(question, dhcpOption.requestedAddress) ?? question.clientAddress;
  if (wanted === own) return reply(question, dhcpType.ack, own, config);
  return { ...reply(question, dhcpType.nak, none, config), broadcast: true };
};

const optionAddress = (message: DhcpMessage, code: number): string | undefined => {
  const value = message.options.get(code);
  return value?.length === 4 ? value.join('.') : undefined;
};

const addressBytes = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

const reply = (question: DhcpMessage, type: number, address: string, config: DhcpConfig): DhcpMessage => {
  const options = new Map([
    [dhcpOption.messageType as number, Buffer.from([type])],
    [dhcpOption.serverIdentifier, addressBytes(config.serverAddress)],
  ]);
  if (type !== dhcpType.nak) options.set(dhcpOption.subnetMask, addressBytes(config.subnetMask));
  // All ones is "for ever".
  if (address !== none) options.set(dhcpOption.leaseTime, Buffer.alloc(4, 0xff));
  return {
    operation: 2,
    transaction: question.transaction,
    broadcast: question.broadcast,
    clientAddress: type === dhcpType.ack ? question.clientAddress : none,
    yourAddress: address,
    serverAddress: none,
    relayAddress: question.relayAddress,
    mac: question.mac,
    options,
  };
};
