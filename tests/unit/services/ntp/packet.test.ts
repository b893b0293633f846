import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeQuery,
  decodeTimestamp,
  encodeAnswer,
  encodeTimestamp,
} from '../../../../src/services/ntp/packet.ts';

const query = (first: number): Uint8Array => {
  const bytes = new Uint8Array(48);
  bytes[0] = first;
  bytes[2] = 6;
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 40);
  return bytes;
};

describe('NTP packets', () => {
  it('keep time to the millisecond across eras', () => {
    fc.assert(
      // 1950 to 2150: eras 0 and 1, with the border in February 2036.
      fc.property(fc.integer({ min: -631_152_000_000, max: 5_680_281_600_000 }), ms => {
        expect(decodeTimestamp(encodeTimestamp(ms), ms + 3_600_000)).toBeCloseTo(ms, 3);
      }),
    );
  });

  it('count from 1900', () => {
    expect(Buffer.from(encodeTimestamp(500)).toString('hex')).toBe('83aa7e8080000000');
    expect(decodeTimestamp(new Uint8Array(8), 0)).toBeUndefined();
  });

  it('answer with the mode, version, poll and origin that a client checks', () => {
    const asked = decodeQuery(query(0x23));
    const answer = Buffer.from(encodeAnswer(asked!, 1000, 2000));
    expect(answer[0]).toBe(0x24);
    expect(answer[1]).toBe(1);
    expect(answer[2]).toBe(6);
    expect([...answer.subarray(24, 32)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(decodeTimestamp(answer.subarray(32, 40), 0)).toBe(1000);
    expect(decodeTimestamp(answer.subarray(40, 48), 0)).toBe(2000);
  });

  it.each([
    ['too short', new Uint8Array(47).fill(0x23)],
    ['an answer', query(0x24)],
    ['a control message', query(0x26)],
    ['version 5', query(0x2b)],
    ['version 0', query(0x03)],
  ])('ignore %s', (_, bytes) => {
    expect(decodeQuery(bytes)).toBeUndefined();
  });
});
