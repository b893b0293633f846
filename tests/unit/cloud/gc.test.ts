import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planCollection } from '../../../src/cloud/gc.ts';
import { foundResource, resourceTags } from '../../../src/cloud/tags.ts';
import type { FoundResource } from '../../../src/core/cloud-account.ts';
import { brandId, type RunId } from '../../../src/core/ids.ts';

const hour = 3_600_000;
const now = 100 * hour;
const found = (over: Partial<FoundResource>): FoundResource => ({
  kind: 'instance',
  id: 'i-1',
  name: 'n',
  run: 'abc',
  owner: 'me',
  created: now - 10 * hour,
  expires: now - hour,
  ...over,
});

it('refuses to plan without a scope', () => {
  expect(() => planCollection([found({})], {}, now)).toThrow(/expected --run or --older-than, found neither/);
});

it('takes all of a run, whatever its lease, and nothing of another', () => {
  const mine = found({ expires: now + hour });
  const { doomed, kept } = planCollection([mine, found({ run: 'other' })], { run: 'abc' }, now);
  expect(doomed).toEqual([mine]);
  expect(kept).toMatchObject([{ why: 'belongs to run other' }]);
});

it.each<[string, Partial<FoundResource>, string]>([
  ['young', { created: now - hour }, 'is 60 min old'],
  ['leased', { expires: now + 2 * hour }, 'run abc holds its lease for 2 h more'],
  ['shared', { expires: now + 2 * hour, shared: true }, 'is a shared image for 2 h more'],
])('by age it keeps what is %s', (_what, over, why) => {
  expect(planCollection([found(over)], { olderThan: 6 * hour }, now)).toEqual({
    doomed: [],
    kept: [{ resource: found(over), why }],
  });
});

it('keeps what does not say its age', () => {
  const { created: _gone, ...odd } = found({});
  const { expires: _lease, ...endless } = found({});
  const { kept } = planCollection([odd, endless], { olderThan: 0 }, now);
  expect(kept.map(({ why }) => why)).toEqual([
    'does not say when it was created',
    'does not say when it expires',
  ]);
});

it('keeps the order of destruction, and what it dooms is old and expired', () => {
  const any = fc.record(
    { created: fc.integer({ min: 0, max: now }), expires: fc.integer({ min: 0, max: 2 * now }) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(any), fc.integer({ min: 0, max: now }), (list, olderThan) => {
      const resources = list.map(
        (times, index): FoundResource => ({
          kind: 'k',
          id: `${index}`,
          name: '',
          ...times,
        }),
      );
      const { doomed, kept } = planCollection(resources, { olderThan }, now);
      expect(doomed.length + kept.length).toBe(resources.length);
      const places = doomed.map(resource => resources.indexOf(resource));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      for (const { created = now, expires = now } of doomed) {
        expect(now - created).toBeGreaterThanOrEqual(olderThan);
        expect(expires).toBeLessThanOrEqual(now);
      }
    }),
  );
});

it('tags survive the way to the cloud and back; what is not ours is nobody', () => {
  const facts = { run: brandId<RunId>('abc'), owner: 'Me@Host', created: 5000, expires: 9000 };
  expect(foundResource('instance', 'i-1', resourceTags(facts, 'kola-abc-x'))).toEqual({
    kind: 'instance',
    id: 'i-1',
    name: 'kola-abc-x',
    run: 'abc',
    owner: 'me-host',
    created: 5000,
    expires: 9000,
  });
  expect(foundResource('instance', 'i-1', { 'managed-by': 'terraform' })).toBeUndefined();
});

it('tags that make no sense are as good as missing', () => {
  const tags = { 'managed-by': 'kola', 'kola-created': 'yesterday', 'kola-expires': '-5' };
  expect(foundResource('instance', 'i-1', tags)).toEqual({ kind: 'instance', id: 'i-1', name: '' });
});
