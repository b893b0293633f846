import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gptBytes, readGpt } from '../../../src/image/gpt.ts';
import { flatcarPartitions, gptDisk } from './disk-fixtures.ts';

describe('readGpt', () => {
  it('lists labels, types, UUIDs and places', () => {
    const gpt = readGpt(gptDisk(flatcarPartitions).subarray(0, gptBytes));
    expect(gpt?.backup).toBe(4095);
    expect(gpt?.partitions).toEqual(
      flatcarPartitions.map((partition, index) => ({ number: index + 1, ...partition })),
    );
  });

  it('finds none on an empty disk and in too few bytes', () => {
    expect(readGpt(Buffer.alloc(gptBytes))).toBeUndefined();
    expect(readGpt(gptDisk(flatcarPartitions).subarray(0, 2048))).toBeUndefined();
  });

  it('takes a table with one flipped bit for damaged, wherever a checksum covers it', () => {
    const covered = fc.oneof(
      fc.integer({ min: 512, max: 512 + 91 }),
      fc.integer({ min: 1024, max: gptBytes - 1 }),
    );
    fc.assert(
      fc.property(covered, fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const disk = gptDisk(flatcarPartitions).subarray(0, gptBytes);
        disk[at] = disk[at]! ^ (1 << bit);
        expect(readGpt(disk)).toBeUndefined();
      }),
    );
  });
});
