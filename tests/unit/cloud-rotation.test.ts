import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudOf, testedClouds } from '../e2e/clouds/rotation.ts';

const day = 86_400_000;

describe("today's cloud", () => {
  it('is another one each day, and each has its turn in as many days as there are clouds', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 40_000 }), (clouds, first) => {
        const turns = clouds.map((_name, index) => cloudOf((first + index) * day, clouds));
        expect([...turns].sort()).toEqual([...clouds].sort());
      }),
    );
  });

  it('stays the same from midnight to midnight UTC', () => {
    const clouds = ['a', 'b', 'c'];
    const start = Date.parse('2026-11-21T00:00:00Z');
    expect(cloudOf(start + day - 1, clouds)).toBe(cloudOf(start, clouds));
    expect(cloudOf(start + day, clouds)).not.toBe(cloudOf(start, clouds));
  });

  it('is one of the clouds that have a test', () => {
    expect(testedClouds()).toEqual(expect.arrayContaining(['aws', 'azure', 'gce']));
    expect(testedClouds()).not.toContain('equinixmetal');
    expect(() => cloudOf(0, [])).toThrow('among none');
  });
});
