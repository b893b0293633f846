import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDisk } from '../support/clouds/sparse-disk.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-sparse-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a disk written by a simulated cloud', () => {
  it('is the disk it came from, and takes no room where that is zero', async () => {
    const disk = Buffer.alloc(8 << 20);
    disk.write('boot', 0);
    disk.write('root', 5 << 20);
    const file = join(folder, 'disk.raw');
    await writeDisk(Readable.from([gzipSync(disk)]), file, true);
    expect(readFileSync(file).equals(disk)).toBe(true);
    expect(statSync(file).blocks * 512).toBeLessThan(disk.length);
  });

  it('tells of a source that fails before the file is open', async () => {
    const source = new Readable({ read: () => {} });
    const written = writeDisk(source, join(folder, 'failed.raw'), false);
    source.destroy(new Error('called off'));
    await expect(written).rejects.toThrow('called off');
  });
});
