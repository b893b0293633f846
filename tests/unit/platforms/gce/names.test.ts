import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readImageName } from '../../../../platforms/gce/image.ts';
import { describeTags, readDescription } from '../../../../platforms/gce/kinds.ts';
import { requestId } from '../../../../platforms/gce/requests.ts';

it.each([
  ['flatcar-1', { project: 'own', image: 'flatcar-1' }],
  ['projects/p/global/images/flatcar-1', { project: 'p', image: 'flatcar-1' }],
  ['projects/p/global/images/family/flatcar-alpha', { project: 'p', family: 'flatcar-alpha' }],
  ['family/flatcar-alpha', { project: 'own', family: 'flatcar-alpha' }],
])('%s names %j', (text, named) => {
  expect(readImageName(text, 'own')).toEqual(named);
});

it('the same name has the same request id, another name another, and all are UUIDs', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(requestId(one)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(requestId(one) === requestId(other)).toBe(one === other);
    }),
  );
});

it('tags come back out of a description as they went in', () => {
  const word = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
  fc.assert(
    fc.property(fc.dictionary(word, word), tags => {
      expect(readDescription(describeTags(tags))).toEqual({ ...tags });
    }),
  );
  expect(readDescription('made by hand')).toEqual({});
});
