import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNamed, matchesAny } from '../../../src/plan/glob.ts';
import { order } from '../../../src/plan/order.ts';
import { shardOf } from '../../../src/plan/shard.ts';
import { compareVersions, outsideWindow, parseVersion } from '../../../src/plan/version.ts';

describe('versions', () => {
  it.each([
    ['4081.3.1', [4081, 3, 1]],
    ['4799.0.0+nightly-20260821-2100', [4799, 0, 0]],
    ['3913.0.1', [3913, 0, 1]],
    ['3185', [3185, 0, 0]],
    ['not a version', undefined],
    ['4081.x', undefined],
  ])('%s reads as %j', (text, numbers) => expect(parseVersion(text)).toEqual(numbers));

  it('order like their numbers', () => {
    const numbers = fc.tuple(fc.nat(9999), fc.nat(99), fc.nat(99));
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const sign = Math.sign(compareVersions(a, b));
        expect(sign).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (a[0] !== b[0]) expect(sign).toBe(Math.sign(a[0] - b[0]));
      }),
    );
  });

  it('lie in windows that include their start and exclude their end', () => {
    const window = { from: '3374.0.0', until: '4179.0.0' };
    expect(outsideWindow('3374.0.0', window)).toBeUndefined();
    expect(outsideWindow('4178.9.9', window)).toBeUndefined();
    expect(outsideWindow('4179.0.0', window)).toBe('only before 4179.0.0, image is 4179.0.0');
    expect(outsideWindow('3373.9.9', window)).toBe('needs version 3374.0.0 or later, image is 3373.9.9');
  });

  it('that are unknown count as newest', () => {
    expect(outsideWindow('main', { from: '4545.0.0' })).toBeUndefined();
    expect(outsideWindow('main', { until: '4545.0.0' })).toBe('only before 4545.0.0');
  });
});

describe('globs', () => {
  it.each([
    ['cl.basic', ['cl.*'], true],
    ['cl.basic', [], true],
    ['cl.basic', ['coreos.*', 'cl.basic'], true],
    ['cl.ignition.v1.once', ['cl.ignition.v[12].*'], true],
    ['cl.ignition.v1.once', ['cl.ignition.v?.users'], false],
    ['cl.basic', ['basic'], false],
  ])('%s against %j: %s', (name, patterns, matches) => expect(matchesAny(name, patterns)).toBe(matches));

  it('tell a name that was written out', () => {
    expect(isNamed('cl.basic', ['cl.*'])).toBe(false);
    expect(isNamed('cl.basic', ['cl.basic'])).toBe(true);
  });
});

describe('shards', () => {
  it('part every catalogue completely and without overlap', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 50 }),
        fc.integer({ min: 1, max: 9 }),
        (names, of) => {
          for (const name of names) {
            const shard = shardOf(name, of);
            expect(shard).toBeGreaterThanOrEqual(1);
            expect(shard).toBeLessThanOrEqual(of);
          }
        },
      ),
    );
  });

  it('are of similar size on names like ours', () => {
    const names = Array.from({ length: 170 }, (_, index) => `cl.area${index % 12}.scenario${index}`);
    const sizes = [0, 0, 0, 0];
    for (const name of names) sizes[shardOf(name, 4) - 1]! += 1;
    expect(Math.min(...sizes)).toBeGreaterThan(25);
  });

  it('never move: the hash is a contract between runs of different versions', () => {
    expect(
      ['cl.basic', 'docker.base', 'coreos.ignition.once'].map(name => shardOf(name, 7)),
    ).toMatchInlineSnapshot(`
      [
        6,
        7,
        5,
      ]
    `);
  });
});

describe('the order of precedence', () => {
  const known = (took: number, failed = false) => ({ took, failed });
  const items = Array.from({ length: 30 }, (_, name) => ({
    name,
    machines: name % 3 === 0 ? 2 : 1,
    known: undefined,
  }));

  it('is drawn from the seed where nothing else decides', () => {
    expect(order(items, 7)).toEqual(order(items, 7));
    expect(order(items, 7)).not.toEqual(order(items, 8));
  });

  it('loses nothing, and puts large clusters first among unknowns', () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        const ordered = order(items, seed);
        expect(new Set(ordered)).toEqual(new Set(items));
        const sizes = ordered.map(item => item.machines);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });

  it('is: failed last time, never run, then the longest first', () => {
    const named = [
      { name: 'short', machines: 3, known: known(10) },
      { name: 'long', machines: 1, known: known(90) },
      { name: 'broken', machines: 1, known: known(5, true) },
      { name: 'new', machines: 1, known: undefined },
    ];
    expect(order(named, 1).map(item => item.name)).toEqual(['broken', 'new', 'long', 'short']);
  });
});
