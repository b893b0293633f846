import { describe, expect, it } from 'vitest';
import { optionsSchema } from '../../../../platforms/qemu/options.ts';

describe('options of QEMU', () => {
  it('takes text from the command line and numbers from a file', () => {
    const wanted = { qemuMemory: 2048, qemuCpus: 4, qemuGrowBaseDiskBy: 4 * 2 ** 30 };
    expect(optionsSchema.parse({ qemuMemory: '2048', qemuCpus: '4', qemuGrowBaseDiskBy: '4G' })).toEqual(
      wanted,
    );
    expect(optionsSchema.parse(wanted)).toEqual(wanted);
  });

  it.each([
    ['10', 10],
    ['10b', 10],
    ['3k', 3072],
    ['512M', 512 * 2 ** 20],
    ['1T', 2 ** 40],
  ])('reads the size %s', (text, bytes) => {
    expect(optionsSchema.parse({ qemuGrowBaseDiskBy: text }).qemuGrowBaseDiskBy).toBe(bytes);
  });

  it.each(['', '-1G', '1.5G', '4GB', 'G'])('refuses the size %j', text => {
    expect(() => optionsSchema.parse({ qemuGrowBaseDiskBy: text })).toThrow(/expected a size such as 4G/);
  });
});
