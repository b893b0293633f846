import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snapshots } from '../../../src/cli/image/snapshots.ts';
import { Settings } from '../../../src/cli/settings/settings.ts';
import { SnapshotStore } from '../../../src/machine/snapshots/store.ts';

let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'kola-snapshots-'));
  mkdirSync(join(root, 'frozen'));
  writeFileSync(join(root, 'frozen', 'memory.bin'), Buffer.alloc(3 * 2 ** 20, 'x'));
  writeFileSync(join(root, 'disk.img'), '');
  const store = new SnapshotStore({ folder: join(root, 'kola', 'snapshots'), limit: 2 ** 30 }, () => {});
  const facts = { image: join(root, 'disk.img'), qemu: 'QEMU 7.2', accelerator: 'tcg', memoryMiB: 1536 };
  await store.keep('0123456789abcdef', facts, join(root, 'frozen'), ['memory.bin']);
  await store.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const call = async (...words: string[]): Promise<readonly string[]> => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const terminal = { out: say, err: say, write: say, env: { XDG_CACHE_HOME: root }, cwd: root };
  const input = { args: [], settings: new Settings(new Map()), argv: [], commands: [] };
  await snapshots({ ...input, terminal: { ...terminal, interactive: false, outIsTty: false } }, words);
  return said;
};

describe('kola image snapshots', () => {
  it('lists what later runs clone, and removes it', async () => {
    expect(await call()).toEqual([
      expect.stringMatching(
        /^0123456789ab {2}3 MiB {2}\d{4}-\d\d-\d\d {2}1536 MiB guest of .*disk\.img \(tcg\)$/,
      ),
    ]);
    expect(await call('rm')).toEqual(['removed 0123456789abcdef']);
    expect(existsSync(join(root, 'kola', 'snapshots', '0123456789abcdef'))).toBe(false);
    expect(await call()).toEqual([expect.stringMatching(/^no snapshot in /)]);
  });

  it('takes no other word', async () => {
    await expect(call('clear')).rejects.toThrow('expected rm or nothing, found clear');
  });
});
