import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { USR_HASH_OFFSET, USR_SIZE } from '../../../../src/image/reference/layout.ts';
import { makePayload } from '../../../../src/image/reference/payload.ts';
import { recipeDir } from '../../../../src/image/reference/recipe.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kola-payload-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const put = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

const build = async (): Promise<string> => {
  const usrPartition = put('usr.part', '');
  truncateSync(usrPartition, USR_SIZE);
  writeSync(openSync(usrPartition, 'r+'), 'verity', USR_HASH_OFFSET);
  const payload = join(dir, 'update.tar');
  await makePayload({
    workDir: dir,
    payload,
    kernel: put('k', 'kernel'),
    initrd: put('i', 'initrd'),
    usrImage: put('u', 'hsqs'),
    usrPartition,
    usrHash: 'ab'.repeat(32),
  });
  return payload;
};
const member = (payload: string, name: string): Buffer =>
  execFileSync('tar', ['-xOf', payload, name], { maxBuffer: 16 * 1024 * 1024 });

describe('the update payload', () => {
  it('holds a slot, kernel and initrd first', async () => {
    const payload = await build();
    const names = execFileSync('tar', ['-tf', payload], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual(['vmlinuz', 'initrd', 'usr.cfg', 'usr.squashfs', 'usr.tree']);
    expect(member(payload, 'usr.cfg').toString()).toBe(`set usrhash=${'ab'.repeat(32)}\n`);
    const tree = member(payload, 'usr.tree');
    expect(tree.length).toBe(USR_SIZE - USR_HASH_OFFSET);
    expect(tree.toString('latin1', 0, 6)).toBe('verity');
  });

  it('has the members that the guest waits for, and the tree where it puts it', () => {
    const guest = (name: string): string =>
      readFileSync(join(recipeDir(), 'overlay/usr/libexec/kola/update', name), 'utf8');
    expect(guest('install')).toContain('for name in vmlinuz initrd usr.cfg usr.squashfs usr.tree;');
    expect(guest('member')).toContain(`tree_at=${USR_HASH_OFFSET}\n`);
  });

  it('is given up in the guest at the first member that cannot be written', () => {
    const script = join(recipeDir(), 'overlay/usr/libexec/kola/update/member');
    const take = (name: string, kernels: string): void => {
      const env = {
        ...process.env,
        TAR_FILENAME: name,
        update_slot: 'b',
        update_work: dir,
        update_kernels: join(dir, kernels),
      };
      expect(() => execFileSync('bash', [script], { env, input: 'x', stdio: 'pipe' })).toThrow();
    };
    take('vmlinuz', 'nowhere');
    take('initrd', 'nowhere');
    take('usr.cfg', '.');
    expect(readFileSync(join(dir, 'problem'), 'utf8')).toMatch(/^Failed to copy kernel from vmlinuz to /);
    expect(existsSync(join(dir, 'usr-b.cfg.new'))).toBe(false);
  });

  it('is not made from a partition that is too short', async () => {
    const usrPartition = put('usr.part', 'short');
    await expect(
      makePayload({
        workDir: dir,
        payload: join(dir, 'update.tar'),
        kernel: put('k', 'kernel'),
        initrd: put('i', 'initrd'),
        usrImage: put('u', 'hsqs'),
        usrPartition,
        usrHash: '',
      }),
    ).rejects.toThrow(/usr\.part ends \d+ bytes too early/);
  });
});
