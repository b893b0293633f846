import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cloudName } from '../../../src/cloud/names.ts';

it('is made of what every vendor takes, whatever it is made from', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 30, max: 63 }), (what, most) => {
      const name = cloudName('abcd2345', what, most);
      expect(name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
      expect(name.length).toBeLessThanOrEqual(most);
    }),
  );
});

it('tells long names apart', () => {
  const long = 'x'.repeat(100);
  expect(cloudName('abcd2345', `${long}1`)).not.toBe(cloudName('abcd2345', `${long}2`));
});
