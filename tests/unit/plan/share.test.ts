import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ShareTrait, sharedParts } from '../../../src/core/scenario.ts';
import {
  channels,
  conflict,
  groupLength,
  groupShared,
  nextRound,
  startingOrder,
} from '../../../src/plan/share.ts';

const parts = fc.uniqueArray(fc.constantFrom(...sharedParts), { minLength: 1, maxLength: 3 });
const trait: fc.Arbitrary<ShareTrait> = fc.oneof(
  fc.constant<ShareTrait>('reads'),
  fc.record({ changes: parts }),
  fc.record({ changes: parts, reads: parts }),
);

const item = fc.record({
  shareKey: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  boot: fc.integer({ min: 0, max: 100 }),
  body: fc.integer({ min: 0, max: 300 }),
  machines: fc.constant(1),
});

describe('conflict', () => {
  it('keeps a change of accounts from readers, and from who looks at accounts, and from no one else', () => {
    const accounts: ShareTrait = { changes: ['accounts'] };
    expect(conflict('reads', 'reads')).toBe(false);
    expect(conflict('reads', accounts)).toBe(true);
    expect(conflict(accounts, accounts)).toBe(true);
    expect(conflict(accounts, { changes: ['network'] })).toBe(false);
    expect(conflict(accounts, { changes: ['network'], reads: ['accounts'] })).toBe(true);
  });

  it('is mutual', () => {
    fc.assert(fc.property(trait, trait, (a, b) => conflict(a, b) === conflict(b, a)));
  });
});

describe('a round', () => {
  it('takes the first in line, at most as many as there are channels, and nobody who disturbs another', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ share: trait }), { minLength: 1 }), waiting => {
        const round = nextRound(waiting);
        expect(round[0]).toBe(waiting[0]);
        expect(round.length).toBeLessThanOrEqual(channels);
        for (const [index, one] of round.entries())
          for (const other of round.slice(index + 1)) expect(conflict(one.share, other.share)).toBe(false);
      }),
    );
  });
});

describe('groups', () => {
  it('hold every item once, with others of its key only', () => {
    fc.assert(
      fc.property(fc.array(item), fc.integer({ min: 1, max: 20 }), (items, slots) => {
        const groups = groupShared(items, { slots, speedup: 4 });
        expect(groups.flat().toSorted((a, b) => items.indexOf(a) - items.indexOf(b))).toEqual(items);
        for (const group of groups) {
          expect(new Set(group.map(({ shareKey }) => shareKey)).size).toBe(1);
          if (group[0]?.shareKey === undefined) expect(group).toHaveLength(1);
        }
      }),
    );
  });

  it('never make the run longer than machines of their own would', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), fc.integer({ min: 1, max: 20 }), (items, slots) => {
        const end = (groups: readonly (readonly (typeof items)[number][])[]): number => {
          const lengths = groups.map(group => groupLength(group, 1));
          return lengths.reduce((sum, length) => sum + length, 0) / slots;
        };
        expect(end(groupShared(items, { slots, speedup: 1 }))).toBeLessThanOrEqual(
          end(items.map(one => [one])) + 1e-6,
        );
      }),
    );
  });

  it('are one where boots cost most, and several where slots would stand idle beside long bodies', () => {
    const twelve = (boot: number, body: number) =>
      Array.from({ length: 12 }, () => ({ shareKey: 'a', boot, body, machines: 1 }));
    expect(groupShared(twelve(60, 2), { slots: 2, speedup: 1 })).toHaveLength(1);
    expect(groupShared(twelve(10, 300), { slots: 6, speedup: 1 })).toHaveLength(6);
    expect(groupShared(twelve(10, 300), { slots: 1, speedup: 1 })).toHaveLength(1);
  });

  it('start with what failed or is unknown, then the longest, all members counted', () => {
    const one = (name: string, body: number, urgent = false) => ({
      name,
      shareKey: undefined,
      boot: 10,
      body,
      machines: 1,
      urgent,
    });
    const groups = [[one('failed', 1, true)], [one('long', 90)], [one('a', 60), one('b', 60)], [one('c', 5)]];
    const names = startingOrder(groups, 1).map(group => group.map(({ name }) => name).join());
    expect(names).toEqual(['failed', 'a,b', 'long', 'c']);
  });
});
