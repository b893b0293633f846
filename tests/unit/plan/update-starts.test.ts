import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../../src/core/version.ts';
import { releaseBefore, type StartRule, updateStarts } from '../../../src/plan/update-starts.ts';

const rules: readonly StartRule[] = [
  { release: 'previous', scenarios: ['a', 'b'] },
  { channel: 'stable', version: '3033.2.4', scenarios: ['a', 'c'] },
];

describe('the release before a candidate', () => {
  it('is the one that was named, whatever else is known', () => {
    expect(releaseBefore('4459.2.1', { named: '4400.2.0', known: ['4459.2.0'] })).toBe('4400.2.0');
  });

  it('is the newest older one that was released', () => {
    const known = ['4459.2.1', '4459.2.0+nightly-20260101-2100', '4458.2.9', '4459.1.9', '4600.2.0'];
    expect(releaseBefore('4459.2.1', { named: undefined, known })).toBe('4459.1.9');
    expect(releaseBefore('4459.2.1', { named: undefined, known: ['4459.2.1', '4600.2.0'] })).toBeUndefined();
  });

  it('of a nightly is what its channel has now', () => {
    const nightly = '4799.0.0+nightly-20260821-2100';
    expect(releaseBefore(nightly, { named: undefined, known: ['4790.0.0'] })).toBe('4790.0.0');
  });

  const version = fc
    .tuple(fc.nat(30), fc.nat(3), fc.nat(3))
    .map(([major, minor, patch]) => `${major}.${minor}.${patch}`);

  it('is older than the candidate, and nothing that is known lies between', () => {
    fc.assert(
      fc.property(version, fc.array(version), (candidate, known) => {
        const found = releaseBefore(candidate, { named: undefined, known });
        const older = known.filter(one => compareVersions(one, candidate) < 0);
        if (found === undefined) expect(older).toEqual([]);
        else {
          expect(compareVersions(found, candidate)).toBeLessThan(0);
          expect(older.filter(one => compareVersions(one, found) > 0)).toEqual([]);
        }
      }),
    );
  });
});

describe('the starts of updates', () => {
  it('are the release before, in the channel of the candidate, and the fixed ones', () => {
    expect(updateStarts(rules, { channel: 'lts-2024', version: '4081.3.7' }, '4081.3.6')).toEqual([
      { channel: 'lts-2024', version: '4081.3.6', scenarios: ['a', 'b'] },
      { channel: 'stable', version: '3033.2.4', scenarios: ['a', 'c'] },
    ]);
  });

  it('have a release once, with the scenarios of both', () => {
    expect(updateStarts(rules, { channel: 'stable', version: '3033.2.5' }, '3033.2.4')).toEqual([
      { channel: 'stable', version: '3033.2.4', scenarios: ['a', 'b', 'c'] },
    ]);
  });

  it('leave out what is not older than the candidate', () => {
    const starts = updateStarts(rules, { channel: 'stable', version: '3033.2.4' }, '3033.2.3');
    expect(starts.map(({ version }) => version)).toEqual(['3033.2.3']);
  });

  it('keep a place for a release that nobody knows', () => {
    const starts = updateStarts(rules, { channel: 'stable', version: undefined }, undefined);
    expect(starts.map(({ version }) => version)).toEqual([undefined, '3033.2.4']);
  });
});
