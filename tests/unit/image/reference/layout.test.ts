import { describe, expect, it } from 'vitest';
import {
  diskBytes,
  partitionNumbered,
  placePartitions,
  SECTOR,
  sgdiskArguments,
  USR_DATA_BLOCKS,
  USR_HASH_OFFSET,
  USR_SIZE,
  VERITY_BLOCK,
} from '../../../../src/image/reference/layout.ts';

describe('the disk layout', () => {
  it("has Flatcar's numbers for the verified /usr, ending exactly with the partition", () => {
    expect(USR_HASH_OFFSET).toBe(1_065_345_024);
    // One hash of 32 bytes a block, 128 a block, level upon level up to one block; and the superblock.
    let tree = 0;
    let blocks = USR_DATA_BLOCKS;
    do {
      blocks = Math.ceil(blocks / 128);
      tree += blocks;
    } while (blocks > 1);
    expect((USR_DATA_BLOCKS + tree + 1) * VERITY_BLOCK).toBe(USR_SIZE);
  });

  it('keeps the partition numbers and labels scenarios rely on', () => {
    expect(placePartitions().map(part => `${part.number} ${part.label}`)).toEqual([
      '1 EFI-SYSTEM',
      '2 BIOS-BOOT',
      '3 USR-A',
      '4 USR-B',
      '6 OEM',
      '7 OEM-CONFIG',
      '9 ROOT',
    ]);
    expect(partitionNumbered(3).guid?.toLowerCase()).toBe('7130c94a-213a-4e5a-8e26-6cce9662f132');
    expect(partitionNumbered(4).guid?.toLowerCase()).toBe('e03dd35c-7c2d-4a47-b3fe-27f15780a57c');
    expect(() => partitionNumbered(5)).toThrow('no partition 5');
  });

  it('places partitions on MiB borders, none overlapping, all inside the disk', () => {
    let end = 2048;
    for (const part of placePartitions()) {
      expect(part.firstSector % 2048).toBe(0);
      expect(part.firstSector).toBeGreaterThanOrEqual(end);
      end = part.firstSector + part.sectors;
    }
    expect(end * SECTOR).toBeLessThan(diskBytes());
  });

  it('writes the whole table in one call, with the disk GUID the first boot replaces', () => {
    const args = sgdiskArguments('/x/disk.img');
    expect(args.at(-1)).toBe('/x/disk.img');
    expect(args).toContain('--disk-guid=00000000-0000-0000-0000-000000000001');
    expect(args).toContain('--change-name=9:ROOT');
    expect(args).toContain('--partition-guid=3:7130C94A-213A-4E5A-8E26-6CCE9662F132');
  });
});
