import { describe, expect, it } from 'vitest';
import { grubEnvironment, patchBootSector, patchCore } from '../../../../src/image/reference/grub.ts';

describe('GRUB without its installer', () => {
  it('tells the boot sector where core.img lies and leaves the partition table alone', () => {
    const sector = patchBootSector(Buffer.alloc(512, 0xee), 526_336);
    expect(sector.length).toBe(440);
    expect(sector.readBigUInt64LE(0x5c)).toBe(526_336n);
    expect([...sector.subarray(0x66, 0x68)]).toEqual([0x90, 0x90]);
    expect(sector[0x5b]).toBe(0xee);
    expect(sector[0x68]).toBe(0xee);
  });

  it('tells core.img where it goes on, and fills whole sectors', () => {
    const core = patchCore(Buffer.alloc(1000, 7), 526_336);
    expect(core.length).toBe(1024);
    expect(core.readBigUInt64LE(0x1f4)).toBe(526_337n);
    expect(core[999]).toBe(7);
    expect(core[1000]).toBe(0);
  });

  it('does not change what it was given', () => {
    const given = Buffer.alloc(512);
    patchBootSector(given, 1);
    expect(given.equals(Buffer.alloc(512))).toBe(true);
  });

  it('makes an environment block of exactly 1024 bytes', () => {
    const block = grubEnvironment({ prio_a: '1', ok_a: '1' });
    expect(block.length).toBe(1024);
    expect(block.toString()).toMatch(/^# GRUB Environment Block\nprio_a=1\nok_a=1\n#+$/);
    expect(() => grubEnvironment({ long: 'x'.repeat(1024) })).toThrow('does not fit');
  });
});
