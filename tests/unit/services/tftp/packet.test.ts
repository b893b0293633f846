import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTftp, encodeTftp, type TftpPacket } from '../../../../src/services/tftp/packet.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter(value => !value.includes('\0'));
const uint16 = fc.nat(0xff_ff);
const options = fc.dictionary(
  text.map(name => name.toLowerCase()),
  text,
  { maxKeys: 4, noNullPrototype: true },
);

const packets: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({
    op: fc.constantFrom('read' as const, 'write' as const),
    path: text,
    mode: fc.constantFrom('octet', 'netascii'),
    options,
  }),
  fc.record({ op: fc.constant('data' as const), block: uint16, data: fc.uint8Array({ maxLength: 600 }) }),
  fc.record({ op: fc.constant('ack' as const), block: uint16 }),
  fc.record({ op: fc.constant('error' as const), code: uint16, message: text }),
  fc.record({ op: fc.constant('oack' as const), options }),
);

describe('TFTP packets', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(packets, packet => {
        expect(decodeTftp(encodeTftp(packet))).toEqual(packet);
      }),
    );
  });

  it('are never made of anything by throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(7), (bytes, opcode) => {
        decodeTftp(Uint8Array.of(0, opcode, ...bytes));
        decodeTftp(bytes);
      }),
    );
  });

  it('have the layout of RFC 1350', () => {
    const bytes = encodeTftp({ op: 'read', path: 'a', mode: 'octet', options: { blksize: '1024' } });
    expect(Buffer.from(bytes).toString('latin1')).toBe('\0\x01a\0octet\0blksize\x001024\0');
  });

  it.each([
    ['empty', ''],
    ['unknown opcode', '\0\x09'],
    ['request without an end', '\0\x01file\0octet'],
    ['request without a mode', '\0\x01file\0'],
    ['option without a value', '\0\x01file\0octet\0blksize\0'],
    ['acknowledgment cut short', '\0\x04\0'],
    ['acknowledgment with a tail', '\0\x04\0\x01x'],
  ])('are refused: %s', (_, bytes) => {
    expect(decodeTftp(Buffer.from(bytes, 'latin1'))).toBeUndefined();
  });
});
