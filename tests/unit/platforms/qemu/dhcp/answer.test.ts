import { describe, expect, it } from 'vitest';
import { answerFrame, type DhcpConfig } from '../../../../../platforms/qemu/dhcp/answer.ts';
import { decodeArp, encodeArp } from '../../../../../platforms/qemu/dhcp/arp.ts';
import { broadcastMac, decodeFrame, encodeFrame } from '../../../../../platforms/qemu/dhcp/ethernet.ts';
import { decodeUdp, encodeUdp } from '../../../../../platforms/qemu/dhcp/ipv4.ts';
import { type DhcpMessage, decodeDhcp, encodeDhcp } from '../../../../../platforms/qemu/dhcp/message.ts';

const guest = '52:54:00:77:00:10';
const config: DhcpConfig = {
  serverMac: '52:54:00:77:ff:fe',
  serverAddress: '10.77.0.1',
  subnetMask: '255.255.0.0',
  addressOf: mac => (mac === guest ? '10.77.0.16' : undefined),
};

const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

const question = (
  type: number,
  options: readonly (readonly [number, string])[] = [],
  over: Partial<DhcpMessage> = {},
): Buffer => {
  const message: DhcpMessage = {
    operation: 1,
    transaction: 0xdeadbeef,
    broadcast: false,
    clientAddress: '0.0.0.0',
    yourAddress: '0.0.0.0',
    serverAddress: '0.0.0.0',
    relayAddress: '0.0.0.0',
    mac: guest,
    options: new Map([
      [53, Buffer.from([type])],
      ...options.map(([code, text]) => [code, ip(text)] as const),
    ]),
    ...over,
  };
  const payload = encodeUdp({
    source: message.clientAddress,
    destination: '255.255.255.255',
    sourcePort: 68,
    destinationPort: 67,
    data: encodeDhcp(message),
  });
  return encodeFrame({ destination: broadcastMac, source: message.mac, type: 0x0800, payload });
};

const ask = (bytes: Buffer) => {
  const answer = answerFrame(bytes, config);
  if (answer === undefined) return undefined;
  const frame = decodeFrame(answer)!;
  const packet = decodeUdp(frame.payload)!;
  const message = decodeDhcp(packet.data)!;
  return {
    to: frame.destination,
    ip: packet.destination,
    ports: [packet.sourcePort, packet.destinationPort],
    message,
    type: message.options.get(53)?.[0],
  };
};

describe('the DHCP server', () => {
  it('offers the one address of a card, for ever, without router and name server', () => {
    const offer = ask(question(1));
    expect(offer).toMatchObject({ to: guest, ip: '10.77.0.16', ports: [67, 68], type: 2 });
    expect(offer?.message).toMatchObject({
      operation: 2,
      transaction: 0xdeadbeef,
      yourAddress: '10.77.0.16',
      mac: guest,
    });
    expect(offer?.message.options).toEqual(
      new Map([
        [53, Buffer.from([2])],
        [54, ip('10.77.0.1')],
        [1, ip('255.255.0.0')],
        [51, Buffer.alloc(4, 0xff)],
      ]),
    );
  });

  it('confirms it when it is asked for in any of the three ways', () => {
    expect(
      ask(
        question(3, [
          [50, '10.77.0.16'],
          [54, '10.77.0.1'],
        ]),
      )?.type,
    ).toBe(5);
    expect(ask(question(3, [[50, '10.77.0.16']]))?.type).toBe(5);
    const renewal = ask(question(3, [], { clientAddress: '10.77.0.16' }));
    expect(renewal).toMatchObject({
      type: 5,
      message: { yourAddress: '10.77.0.16', clientAddress: '10.77.0.16' },
    });
  });

  it('refuses another address, to all', () => {
    const refusal = ask(question(3, [[50, '10.77.0.99']]));
    expect(refusal).toMatchObject({
      type: 6,
      to: broadcastMac,
      ip: '255.255.255.255',
      message: { yourAddress: '0.0.0.0' },
    });
    expect(refusal?.message.options.has(51)).toBe(false);
  });

  it('answers by broadcast a client that cannot take unicast yet', () => {
    expect(ask(question(1, [], { broadcast: true }))).toMatchObject({
      to: broadcastMac,
      ip: '255.255.255.255',
      type: 2,
    });
  });

  it.each([
    ['a card that is not ours', question(1, [], { mac: '02:00:00:00:00:01' })],
    [
      "a client that took another server's offer",
      question(3, [
        [54, '10.77.0.2'],
        [50, '10.77.0.16'],
      ]),
    ],
    ['a released lease', question(7)],
    ['an answer', question(2, [], { operation: 2 })],
    ['nonsense', Buffer.from('nonsense')],
    [
      'its own frames',
      encodeFrame({
        destination: broadcastMac,
        source: config.serverMac,
        type: 0x0806,
        payload: Buffer.alloc(28),
      }),
    ],
  ])('does not answer %s', (_name, bytes) => {
    expect(answerFrame(bytes, config)).toBeUndefined();
  });

  it('answers ARP for its own address only', () => {
    const request = (targetAddress: string): Buffer =>
      encodeFrame({
        destination: broadcastMac,
        source: guest,
        type: 0x0806,
        payload: encodeArp({
          operation: 'request',
          senderMac: guest,
          senderAddress: '10.77.0.16',
          targetMac: '00:00:00:00:00:00',
          targetAddress,
        }),
      });
    const answer = decodeFrame(answerFrame(request('10.77.0.1'), config)!);
    expect(answer?.destination).toBe(guest);
    expect(decodeArp(answer!.payload)).toEqual({
      operation: 'reply',
      senderMac: config.serverMac,
      senderAddress: '10.77.0.1',
      targetMac: guest,
      targetAddress: '10.77.0.16',
    });
    expect(answerFrame(request('10.77.0.16'), config)).toBeUndefined();
  });
});
