import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeArp, encodeArp } from '../../../../../platforms/qemu/dhcp/arp.ts';
import { decodeFrame, encodeFrame } from '../../../../../platforms/qemu/dhcp/ethernet.ts';
import { checksum, decodeUdp, encodeUdp } from '../../../../../platforms/qemu/dhcp/ipv4.ts';
import { type DhcpMessage, decodeDhcp, encodeDhcp } from '../../../../../platforms/qemu/dhcp/message.ts';

const byte = fc.integer({ min: 0, max: 255 });
const mac = fc
  .array(byte, { minLength: 6, maxLength: 6 })
  .map(bytes => bytes.map(part => part.toString(16).padStart(2, '0')).join(':'));
const address = fc.array(byte, { minLength: 4, maxLength: 4 }).map(bytes => bytes.join('.'));
const port = fc.integer({ min: 0, max: 65_535 });
const data = (max: number) => fc.uint8Array({ maxLength: max }).map(bytes => Buffer.from(bytes));

describe('frames', () => {
  it('come back as they were, padded to the least length', () => {
    fc.assert(
      fc.property(mac, mac, port, data(200), (destination, source, type, payload) => {
        const back = decodeFrame(encodeFrame({ destination, source, type, payload }));
        expect(back).toMatchObject({ destination, source, type });
        expect(back?.payload.subarray(0, payload.length)).toEqual(payload);
        expect(back?.payload.length).toBe(Math.max(46, payload.length));
      }),
    );
    expect(decodeFrame(Buffer.alloc(13))).toBeUndefined();
  });
});

describe('UDP over IPv4', () => {
  const packet = fc.record({
    source: address,
    destination: address,
    sourcePort: port,
    destinationPort: port,
    data: data(300),
  });

  it('comes back as it was, also from a padded frame', () => {
    fc.assert(
      fc.property(packet, data(40), (sent, padding) => {
        expect(decodeUdp(Buffer.concat([encodeUdp(sent), padding]))).toEqual(sent);
      }),
    );
  });

  it('is not read when a bit was flipped', () => {
    fc.assert(
      fc.property(packet, fc.nat(), fc.integer({ min: 0, max: 7 }), (sent, where, bit) => {
        const bytes = encodeUdp(sent);
        const at = where % bytes.length;
        bytes[at] = bytes[at]! ^ (1 << bit);
        // A flip may make the UDP checksum zero, which means that there is none.
        fc.pre(bytes.readUInt16BE(26) !== 0);
        expect(decodeUdp(bytes)).toBeUndefined();
      }),
    );
  });

  it('does not stumble over any bytes', () => {
    fc.assert(fc.property(data(100), bytes => void decodeUdp(bytes)));
  });

  it('has the checksum of RFC 1071', () => {
    // The example of RFC 1071 §3: the sum is ddf2.
    expect(checksum(Buffer.from('0001f203f4f5f6f7', 'hex'))).toBe(~0xddf2 & 0xffff);
  });

  it('knows a packet that another program made', () => {
    // A DHCP port pair with the payload "hi", checksums by hand.
    const bytes = Buffer.from('4500001e00010000401166b10a000202ffffffff00430044000af35f6869', 'hex');
    bytes.writeUInt16BE(0, 10);
    bytes.writeUInt16BE(checksum(bytes.subarray(0, 20)), 10);
    bytes.writeUInt16BE(0, 26);
    expect(decodeUdp(bytes)).toMatchObject({
      source: '10.0.2.2',
      sourcePort: 67,
      destinationPort: 68,
      data: Buffer.from('hi'),
    });
  });
});

describe('DHCP messages', () => {
  const message: fc.Arbitrary<DhcpMessage> = fc.record({
    operation: fc.constantFrom(1 as const, 2 as const),
    transaction: fc.integer({ min: 0, max: 0xffffffff }),
    broadcast: fc.boolean(),
    clientAddress: address,
    yourAddress: address,
    serverAddress: address,
    relayAddress: address,
    mac,
    options: fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 254 }), data(600)), {
        selector: ([code]) => code,
        maxLength: 6,
      })
      .map(entries => new Map(entries)),
  });

  it('come back as they were, long options too', () => {
    fc.assert(fc.property(message, sent => void expect(decodeDhcp(encodeDhcp(sent))).toEqual(sent)));
  });

  it('are no shorter than BOOTP wants', () => {
    fc.assert(fc.property(message, sent => void expect(encodeDhcp(sent).length).toBeGreaterThanOrEqual(300)));
  });

  it('are not read when an option runs over the end, and nothing stumbles', () => {
    fc.assert(fc.property(data(400), bytes => void decodeDhcp(bytes)));
    const whole = encodeDhcp(fc.sample(message, { numRuns: 1, seed: 1 })[0]!).subarray(0, 240);
    expect(decodeDhcp(Buffer.concat([whole, Buffer.from([53, 9, 1])]))).toBeUndefined();
  });
});

describe('ARP', () => {
  it('comes back as it was', () => {
    const packet = fc.record({
      operation: fc.constantFrom('request' as const, 'reply' as const),
      senderMac: mac,
      senderAddress: address,
      targetMac: mac,
      targetAddress: address,
    });
    fc.assert(fc.property(packet, sent => void expect(decodeArp(encodeArp(sent))).toEqual(sent)));
    expect(decodeArp(Buffer.alloc(28))).toBeUndefined();
  });
});
