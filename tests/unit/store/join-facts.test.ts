import { describe, expect, it } from 'vitest';
import { type ReleaseFacts, releaseFactsSchema } from '../../../src/core/release-facts.ts';
import { joinFacts } from '../../../src/store/join-facts.ts';
import { digestOf } from '../../support/event-log.ts';

const image = (platform: string, letter = 'a') => ({
  platform,
  file: 'disk.img',
  digest: digestOf(letter),
});
const facts = (over: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  schema: 1,
  channel: 'stable',
  version: '4459.2.1',
  builtAt: '2026-11-02T00:00:00Z',
  arches: { amd64: { images: [image('qemu')] } },
  ...over,
});

describe('the facts of several parts of a release', () => {
  it('are those of all platforms and architectures, each once', () => {
    const update = { file: 'update.gz', digest: digestOf('e') };
    const untested = { platform: 'qemu[from-3033.2.4]', arch: 'amd64', scenario: 'cl.update.oem' } as const;
    const joined = joinFacts([
      facts({ untested: [untested] }),
      facts({
        builtAt: '2026-11-01T00:00:00Z',
        arches: {
          amd64: { images: [image('aws', 'b'), image('qemu')], updates: [update], packages: ['p-1'] },
        },
        untested: [untested],
      }),
      facts({ embargoed: true, arches: { arm64: { images: [image('qemu', 'c')] } } }),
    ]);
    expect(joined).toEqual({
      ...facts(),
      builtAt: '2026-11-01T00:00:00Z',
      embargoed: true,
      arches: {
        amd64: { images: [image('qemu'), image('aws', 'b')], updates: [update], packages: ['p-1'] },
        arm64: { images: [image('qemu', 'c')] },
      },
      untested: [untested],
    });
    expect(releaseFactsSchema.parse(joined)).toEqual(joined);
  });

  it('of one part are its own', () => {
    expect(joinFacts([facts()])).toEqual(facts());
  });

  it('do not belong together when the bytes differ, or the release does', () => {
    const other = facts({ arches: { amd64: { images: [image('qemu', 'd')] } } });
    expect(() => joinFacts([facts(), other])).toThrow(/4459\.2\.1 amd64: disk\.img has the digest sha256:a/);
    expect(() => joinFacts([facts(), facts({ version: '4459.2.2' })])).toThrow(
      /found those of stable 4459\.2\.2/,
    );
    const updates = (letter: string) =>
      facts({
        arches: {
          amd64: { images: [image('qemu')], updates: [{ file: 'update.gz', digest: digestOf(letter) }] },
        },
      });
    expect(() => joinFacts([updates('e'), updates('f')])).toThrow(/update\.gz/);
  });
});
