import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { issueApplies, issueExplaining, parseKnownIssues } from '../../../src/core/known-issue.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const entry = {
  id: 'slow-disk',
  effect: 'warn',
  scenarios: ['cl.disk.*'],
  signature: 'check-failed: level:*',
  tracker: 'https://github.com/flatcar/Flatcar/issues/1',
  reason: 'The array comes up late',
  expires: '2026-11-20',
};
const read = (...issues: unknown[]) => parseKnownIssues('k.yaml', JSON.stringify({ schema: 1, issues }), now);

describe('known issues', () => {
  test('hold until the end of their last day, and are an error from then on', () => {
    expect(read(entry)).toHaveLength(1);
    expect(() => read(entry, { ...entry, id: 'old', expires: '2026-11-19' })).toThrow(
      'k.yaml: known issue old expired on 2026-11-19',
    );
  });

  test.each([
    ['an unknown key', { ...entry, platform: 'qemu' }, /issues\.0\.platform: unknown key/],
    ['no signature', { ...entry, signature: undefined }, /signature/],
    ['a signature that covers everything', { ...entry, signature: '*********' }, /covers everything/],
    ['no tracker', { ...entry, tracker: 'somewhere' }, /tracker/],
    ['no date', { ...entry, expires: 'soon' }, /expires/],
    ['an unknown effect', { ...entry, effect: 'ignore' }, /effect/],
    ['a denial with a signature', { ...entry, effect: 'deny' }, /signature: unknown key/],
  ])('with %s are refused, with the place', (_, issue, message) => {
    expect(() => read(issue)).toThrow(message);
    expect(() => read(issue)).toThrow(/^k\.yaml:1:/);
  });

  test('have ids that occur once', () => {
    expect(() => read(entry, entry)).toThrow(/a second entry slow-disk/);
  });

  test.each([
    ['everywhere', {}, true],
    ['on a platform', { platforms: ['q*'] }, true],
    ['on another platform', { platforms: ['aws'] }, false],
    ['on another architecture', { arches: ['arm64'] }, false],
    ['in another channel', { channels: ['lts*'] }, false],
    ['from a version on', { versions: { from: '4459.2.0' } }, true],
    ['from a later version on', { versions: { from: '4459.2.1' } }, false],
    ['until that version, which is not in it', { versions: { until: '4459.2.0' } }, false],
    ['for other scenarios', { scenarios: ['cl.disk'] }, false],
  ])('that hold %s', (_, scope, applies) => {
    const [issue] = read({ ...entry, ...scope });
    const at = {
      scenario: 'cl.disk.raid0.data',
      platform: 'qemu',
      arch: 'amd64',
      channel: 'stable',
      version: '4459.2.0',
    } as const;
    expect(issue !== undefined && issueApplies(issue, at)).toBe(applies);
    const explained = issueExplaining(issue === undefined ? [] : [issue], at, {
      signature: 'check-failed: level: expected "raid#"',
    });
    expect(explained?.id).toBe(applies ? 'slow-disk' : undefined);
  });

  test('say nothing about a failure with another signature', () => {
    const at = {
      scenario: 'cl.disk.x',
      platform: 'qemu',
      arch: 'amd64',
      channel: 'stable',
      version: '1',
    } as const;
    expect(issueExplaining(read(entry), at, { signature: 'check-failed: data: lost' })).toBeUndefined();
    expect(issueExplaining(read(entry), at, undefined)).toBeUndefined();
    expect(
      issueExplaining(read({ ...entry, signature: undefined, effect: 'deny' }), at, { signature: 'x' }),
    ).toBeUndefined();
  });

  test('that come with kola are in order today', () => {
    const text = readFileSync(new URL('../../../policy/known-issues.yaml', import.meta.url), 'utf8');
    expect(Array.isArray(parseKnownIssues('policy/known-issues.yaml', text, Date.now()))).toBe(true);
  });
});
