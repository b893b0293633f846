import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blocksOf, isZero, uploadBlocks } from '../../../src/cloud/image/blocks.ts';

const never = new AbortController().signal;

const sourceOf = (disk: Uint8Array) => ({
  size: disk.length,
  read: async (offset: number, length: number) => disk.subarray(offset, offset + length),
});

it('the blocks of a disk cover it once', () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 1, max: 700 }), (size, block) => {
      const blocks = blocksOf(size, block);
      expect(blocks.reduce((sum, { length }) => sum + length, 0)).toBe(size);
      for (const [index, { offset }] of blocks.entries()) expect(offset).toBe(index * block);
    }),
  );
});

it('what was put, over zeroes, is the disk; zero blocks and those done before are not sent', async () => {
  const disks = fc.array(fc.constantFrom(0, 0, 0, 7), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      disks,
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.nat(9)),
      async (bytes, size, before) => {
        const disk = Uint8Array.from(bytes);
        const blocks = blocksOf(disk.length, size);
        const done = new Set(before.filter(index => index < blocks.length));
        const copy = new Uint8Array(disk.length);
        for (const index of done) copy.set(disk.subarray(index * size, (index + 1) * size), index * size);
        const put: number[] = [];
        const arrived: number[] = [];
        const count = await uploadBlocks({
          source: sourceOf(disk),
          blockBytes: size,
          parallel: 3,
          journal: { blocks: done, arrived: index => void arrived.push(index) },
          signal: never,
          put: async ({ index, offset }, piece) => {
            put.push(index);
            copy.set(piece, offset);
          },
        });
        expect(copy).toEqual(disk);
        expect(arrived.toSorted()).toEqual(put.toSorted());
        expect(count).toBe(new Set([...put, ...done]).size);
        for (const index of put) {
          expect(done.has(index)).toBe(false);
          expect(isZero(disk.subarray(index * size, (index + 1) * size))).toBe(false);
        }
      },
    ),
  );
});

it('the first failure ends it, and nothing is sent after that', async () => {
  let sent = 0;
  const upload = uploadBlocks({
    source: sourceOf(new Uint8Array(1000).fill(1)),
    blockBytes: 1,
    parallel: 2,
    signal: never,
    put: async ({ index }) => {
      sent += 1;
      if (index === 3) throw new Error('the wire broke');
    },
  });
  await expect(upload).rejects.toThrow('the wire broke');
  expect(sent).toBeLessThan(20);
});

it('stops when it is called off', async () => {
  const stop = new AbortController();
  const upload = uploadBlocks({
    source: sourceOf(new Uint8Array(1000).fill(1)),
    blockBytes: 1,
    parallel: 2,
    signal: stop.signal,
    put: async () => stop.abort(new Error('enough')),
  });
  await expect(upload).rejects.toThrow('enough');
});
