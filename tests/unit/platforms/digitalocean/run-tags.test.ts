import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leasesByRun, leaseTag, runOf, runTag } from '../../../../platforms/digitalocean/run-tags.ts';
import { resourceTags } from '../../../../src/cloud/tags.ts';
import { brandId, type RunId } from '../../../../src/core/ids.ts';

const tagsOf = (run: string, expires: number) =>
  resourceTags({ run: brandId<RunId>(run), owner: 'some:body', created: 1_000_000, expires }, 'x');

describe('tags of a run', () => {
  it('say whose it is and until when; the latest lease counts', () => {
    const names = [runTag('abc'), leaseTag(tagsOf('abc', 9_000_000)), leaseTag(tagsOf('abc', 5_000_000))];
    expect(leasesByRun([...names, 'team:other']).get('abc')).toEqual({
      'managed-by': 'kola',
      'kola-run': 'abc',
      'kola-owner': 'some-body',
      'kola-created': '1000',
      'kola-expires': '9000',
    });
  });

  it('say at least whose it is when the lease is gone', () => {
    expect(leasesByRun([runTag('abc')]).get('abc')).toEqual({ 'managed-by': 'kola', 'kola-run': 'abc' });
  });

  it('are names that the vendor takes, whatever the owner is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (owner, expires) => {
        const facts = { run: brandId<RunId>('abcd2345'), owner, created: 1000, expires };
        const name = leaseTag(resourceTags(facts, 'x'));
        expect(name).toMatch(/^[\w:-]{1,255}$/);
        expect(runOf(name)).toBe('abcd2345');
        expect(leasesByRun([name]).get('abcd2345')?.['kola-expires']).toBe(
          String(Math.floor(expires / 1000)),
        );
      }),
    );
  });
});
