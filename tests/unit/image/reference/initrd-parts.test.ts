import { describe, expect, it } from 'vitest';
import { DIR_MODE, FILE_MODE, LINK_MODE, writeCpio } from '../../../../src/image/reference/cpio.ts';
import { moduleFiles, readModuleIndex } from '../../../../src/image/reference/modules.ts';

describe('writeCpio', () => {
  it('writes newc headers, padded names and data, and the trailer', () => {
    const archive = writeCpio([
      { path: 'a', mode: DIR_MODE | 0o755, data: Buffer.alloc(0) },
      { path: 'a/b', mode: FILE_MODE | 0o644, data: Buffer.from('hello') },
      { path: 'l', mode: LINK_MODE | 0o777, data: Buffer.from('a/b') },
    ]);
    expect(archive.length % 512).toBe(0);
    const found: string[] = [];
    for (let at = 0; ; ) {
      const field = (index: number): number =>
        Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
      expect(archive.toString('latin1', at, at + 6)).toBe('070701');
      const name = archive.toString('utf8', at + 110, at + 110 + field(11) - 1);
      const dataAt = Math.ceil((at + 110 + field(11)) / 4) * 4;
      if (name === 'TRAILER!!!') break;
      found.push(`${name} ${field(1).toString(8)} ${archive.toString('utf8', dataAt, dataAt + field(6))}`);
      at = Math.ceil((dataAt + field(6)) / 4) * 4;
    }
    expect(found).toEqual(['a 40755 ', 'a/b 100644 hello', 'l 120777 a/b']);
  });
});

describe('moduleFiles', () => {
  const index = readModuleIndex(
    'kernel/drivers/net/virtio_net.ko: kernel/net/net_failover.ko kernel/net/failover.ko\nkernel/net/failover.ko:\nkernel/crypto/sha256-ssse3.ko.xz:\n',
    'kernel/crypto/sha256_generic.ko\n',
  );
  it('takes a module with all it depends on', () => {
    expect(moduleFiles(index, ['virtio_net'])).toEqual([
      'kernel/drivers/net/virtio_net.ko',
      'kernel/net/failover.ko',
      'kernel/net/net_failover.ko',
    ]);
  });
  it('treats - and _ alike, and needs no file for what is built in', () => {
    expect(moduleFiles(index, ['sha256_ssse3', 'sha256_generic'])).toEqual([
      'kernel/crypto/sha256-ssse3.ko.xz',
    ]);
  });
  it('refuses a module the kernel does not have', () => {
    expect(() => moduleFiles(index, ['nope'])).toThrow('no module nope');
  });
});
