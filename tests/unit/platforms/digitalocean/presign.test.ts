import { expect, it } from 'vitest';
import { presignedGet } from '../../../../platforms/digitalocean/presign.ts';

const example = {
  endpoint: 'https://s3.amazonaws.com',
  bucket: 'examplebucket',
  key: 'test.txt',
  region: 'us-east-1',
  keys: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  now: new Date('2013-05-24T00:00:00Z'),
  expires: 86_400,
};

it('signs as the example of the S3 documentation does', () => {
  const url = new URL(presignedGet({ ...example, virtualHost: true }));
  expect(url.host).toBe('examplebucket.s3.amazonaws.com');
  expect(url.searchParams.get('X-Amz-Signature')).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

it('names the bucket in the path, and escapes what a path cannot hold', () => {
  const url = presignedGet({ ...example, endpoint: 'http://127.0.0.1:1', key: "a b/c'd" });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:1\/examplebucket\/a%20b\/c%27d\?X-Amz-Algorithm=/);
});
