import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQueueLocation } from '../../../src/queue/location.ts';
import { parseQuota } from '../../../src/queue/quota.ts';

describe('the URL of a queue', () => {
  const secret = 'postgres://kola:s3cret@db/kola';

  it('never shows a password', () => {
    for (const url of [secret, 'postgres://kola@db/kola?password=s3cret'])
      expect(parseQueueLocation(url, `KOLA_QUEUE=${url}`).shown).not.toContain('s3cret');
  });

  it('is refused on the command line when it holds one, in words that do not repeat it', () => {
    const urls = [secret, 'postgres://kola@db/kola?password=s3cret', 'postgresql://k:s3cret@[::1]:5432/k'];
    for (const url of urls) {
      const refused = () => parseQueueLocation(url, `--queue ${url}`);
      expect(refused).toThrow('--queue: the URL holds a password');
      expect(refused).not.toThrow('s3cret');
    }
    expect(parseQueueLocation('postgres://kola@db:5432/kola', '--queue …').shown).toBe(
      'postgres://db:5432/kola',
    );
  });

  it('is one of PostgreSQL', () => {
    expect(() => parseQueueLocation('redis://:s3cret@db', 'KOLA_QUEUE=redis://:s3cret@db')).toThrow(
      /^KOLA_QUEUE: expected postgres:\/\/user@host\/database$/,
    );
  });
});

describe('a quota', () => {
  it('is machines, and vCPUs behind a colon', () => {
    expect(parseQuota('aws=24', '--quota')).toEqual({ account: 'aws', machines: 24 });
    expect(parseQuota('aws/us-east-1=24:96', '--quota')).toEqual({
      account: 'aws/us-east-1',
      machines: 24,
      vcpus: 96,
    });
  });

  it('is refused in every other form', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(!/^[\w-]+(\/[\w-]+)?=\d+(:\d+)?$/.test(text));
        expect(() => parseQuota(text, '--quota')).toThrow('expected ACCOUNT=MACHINES[:VCPUS]');
      }),
    );
  });
});
