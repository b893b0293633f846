import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, distance, nearest } from '../../../src/cli/nearest.ts';

test('counts slips', () => {
  expect(distance('kitten', 'sitting')).toBe(3);
  expect(distance('list', 'lsit')).toBe(1);
  expect(distance('', 'abc')).toBe(3);
});

test('is a symmetric distance that only equal texts bring to 0', () => {
  const text = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, b) === 0).toBe(a === b);
      expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test('offers what is close and nothing else', () => {
  const names = ['cl.basic', 'cl.network.listeners', 'docker.base'];
  expect(nearest('cl.bsaic', names)).toEqual(['cl.basic']);
  expect(nearest('listeners', names)).toEqual(['cl.network.listeners']);
  expect(nearest('kubeadm', names)).toEqual([]);
  expect(nearest('', names)).toEqual([]);
  expect(didYouMean('docker.bse', names)).toBe('did you mean docker.base?');
  expect(didYouMean('zzzzzz', names)).toBeUndefined();
});
