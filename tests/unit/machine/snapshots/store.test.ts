import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnapshotStore } from '../../../../src/machine/snapshots/store.ts';

let root: string;
let said: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kola-snapshots-'));
  writeFileSync(join(root, 'disk.img'), 'image');
  said = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const place = (): string => join(root, 'snapshots');
const open = (limit = 2 ** 30): SnapshotStore =>
  new SnapshotStore({ folder: place(), limit }, line => said.push(line));
const facts = () => ({ image: join(root, 'disk.img'), qemu: 'QEMU 7.2', accelerator: 'tcg', memoryMiB: 1 });

/** A frozen machine of `kib` KiB. */
const frozen = (name: string, kib = 64): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'memory.bin'), Buffer.alloc(kib * 1024, name));
  writeFileSync(join(folder, 'config.ign'), 'PRIVATE KEY');
  return folder;
};
const keep = async (store: SnapshotStore, key: string, kib?: number): Promise<string> => {
  const folder = await store.keep(key, facts(), frozen(key, kib), ['memory.bin']);
  if (folder === undefined) throw new Error(`${key} was not kept`);
  return folder;
};
const age = (folder: string, days: number): void => {
  const then = Date.now() / 1000 - days * 86_400;
  utimesSync(folder, then, then);
};

describe('kept snapshots', () => {
  it('are found by their key alone, with the named files and nothing else', async () => {
    const folder = await keep(open(), 'a');
    expect(await open().find('a')).toBe(folder);
    expect(await open().find('b')).toBeUndefined();
    expect(readdirSync(folder).toSorted()).toEqual(['leases', 'memory.bin', 'snapshot.json']);
  });

  it.each([
    ['a changed block', (file: string) => writeFileSync(file, Buffer.alloc(64 * 1024, 'x'))],
    ['a missing end', (file: string) => truncateSync(file, 1000)],
    ['a missing file', (file: string) => rmSync(file)],
  ])('are thrown away for %s', async (_, damage) => {
    const folder = await keep(open(), 'a');
    damage(join(folder, 'memory.bin'));
    expect(await open().find('a')).toBeUndefined();
    expect(said.join()).toMatch(/Threw away a damaged snapshot/);
    expect(existsSync(folder)).toBe(false);
  });

  it('are told apart by where their data lies among holes', async () => {
    const folder = join(root, 'sparse');
    mkdirSync(folder);
    const block = Buffer.alloc(2 ** 20, 'x');
    const hole = Buffer.alloc(2 ** 20);
    writeFileSync(join(folder, 'memory.bin'), Buffer.concat([block, hole, block, hole]));
    const kept = await open().keep('s', facts(), folder, ['memory.bin']);
    expect(await open().find('s')).toBe(kept);
    writeFileSync(join(kept ?? '', 'memory.bin'), Buffer.concat([hole, block, block, hole]));
    expect(await open().find('s')).toBeUndefined();
  });

  it('are thrown away when their image is gone', async () => {
    await keep(open(), 'a');
    rmSync(join(root, 'disk.img'));
    expect(await open().find('a')).toBeUndefined();
  });

  it('make room by their last use, but not while somebody has them', async () => {
    const first = open();
    for (const [key, days] of [
      ['old', 3],
      ['held', 5],
      ['new', 1],
    ] as const)
      age(await keep(first, key), days);
    await first.close();
    const holder = open();
    const held = await holder.find('held');
    age(held ?? '', 9);
    await keep(open(250 * 1024), 'fresh');
    expect((await open().list()).map(({ name }) => name).toSorted()).toEqual(['fresh', 'held', 'new']);
    await holder.close();
    const pruned = await open(1).prune();
    expect(pruned.map(({ name }) => name)).toEqual(expect.arrayContaining(['held', 'new']));
  });

  it('are not kept when one alone is too large', async () => {
    const folder = frozen('big', 64);
    expect(await open(1024).keep('big', facts(), folder, ['memory.bin'])).toBeUndefined();
    expect(existsSync(join(folder, 'memory.bin'))).toBe(true);
  });

  it('of two makers serve both, and the later one takes its own away', async () => {
    const [one, two] = [open(), open()];
    const first = await keep(one, 'same');
    const second = await two.keep('same', facts(), frozen('other'), ['memory.bin']);
    expect(second).not.toBe(first);
    expect(existsSync(join(second ?? '', 'memory.bin'))).toBe(true);
    await open().prune();
    expect(existsSync(second ?? '')).toBe(true);
    await two.close();
    expect(existsSync(second ?? '')).toBe(false);
    expect(await open().find('same')).toBe(first);
  });

  it('pruned away half made when their maker is dead', async () => {
    const half = join(place(), '.new-x');
    mkdirSync(join(half, 'leases'), { recursive: true });
    writeFileSync(join(half, 'leases', '999999999.1.x'), '');
    await open().prune();
    expect(existsSync(half)).toBe(false);
  });
});

describe('what was asked for', () => {
  it('is remembered from the first time on, until it is there', async () => {
    const store = open();
    expect(await store.note('a')).toBe(false);
    expect(await open().note('a')).toBe(true);
    await keep(store, 'a');
    expect(await store.note('a')).toBe(false);
  });

  it('is forgotten after a month', async () => {
    await open().note('a');
    age(join(place(), 'wanted', 'a'), 31);
    await open().prune();
    expect(await open().note('a')).toBe(false);
  });
});
