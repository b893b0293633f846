import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, rootOf, slug, unslug } from '../../../reports/dashboard/addresses.ts';
import { attemptAnchor } from '../../../reports/dashboard/layout.ts';

const names = fc.string({ unit: 'grapheme', minLength: 1 });

describe('addresses', () => {
  it('hold any name and give it back', () => {
    fc.assert(
      fc.property(names, name => {
        const part = slug(name);
        expect(part).toMatch(/^[A-Za-z0-9_+~][A-Za-z0-9_+.~-]*$|^-/);
        expect(new URL(`http://x/${part}`).pathname).toBe(`/${part}`);
        expect(unslug(part)).toBe(name);
      }),
    );
  });
  it('leave names as they are that are plain', () => {
    expect(address.release('lts-2024', '4799.0.0+nightly-20260821-2100')).toBe(
      'release/lts-2024/4799.0.0+nightly-20260821-2100/index.html',
    );
    expect(address.scenario('../../etc')).toBe('scenario/~2e.~2f..~2fetc.html');
  });
  it.each(['a b', 'a%2Fb', '~zz', '~41', '..', 'ä'])('do not take %s for a slug', part => {
    expect(unslug(part)).toBeUndefined();
  });
  it('know how deep they are', () => {
    expect([address.board, address.run('a'), address.place('a', 'b', 'c', 'd')].map(rootOf)).toEqual([
      '',
      '../',
      '../../../../../',
    ]);
  });
  it('give copies of a scenario the place of the scenario', () => {
    expect(attemptAnchor('a b#2', 'aws/arm64')).toBe(attemptAnchor('a b', 'aws/arm64'));
  });
});
