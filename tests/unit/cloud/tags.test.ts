import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factText, readFactText } from '../../../src/cloud/fact-text.ts';
import { cloudName } from '../../../src/cloud/names.ts';
import { foundResource, resourceTags } from '../../../src/cloud/tags.ts';
import { brandId, type RunId } from '../../../src/core/ids.ts';

const anyTags = fc
  .record({ owner: fc.string({ maxLength: 200 }), what: fc.string({ maxLength: 200 }), created: fc.nat() })
  .map(({ owner, what, created }) => {
    const run = brandId<RunId>('abcd2345');
    const facts = { run, owner, created: created * 1000, expires: created * 1000 + 7_200_000 };
    return { facts, name: cloudName(run, what, 60), tags: resourceTags(facts, cloudName(run, what, 60)) };
  });

describe('tags of a resource', () => {
  it('say as much as was written, also in a text', () => {
    fc.assert(
      fc.property(anyTags, ({ facts, name, tags }) => {
        const found = foundResource('thing', 'id', readFactText(factText(tags)));
        expect(found).toMatchObject({ run: facts.run, name, created: facts.created, expires: facts.expires });
      }),
    );
  });

  it('fit into 255 characters: the descriptions of OpenStack have no more', () => {
    fc.assert(
      fc.property(anyTags, ({ tags }) => {
        expect(factText(tags).length).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('of others, and without sense, say nothing', () => {
    expect(foundResource('thing', 'id', { 'managed-by': 'somebody' })).toBeUndefined();
    expect(foundResource('thing', 'id', { 'managed-by': 'kola', 'kola-created': 'yesterday' })).toEqual({
      ...{ kind: 'thing', id: 'id', name: '' },
    });
  });
});
