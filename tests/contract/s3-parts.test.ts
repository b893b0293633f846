import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { connect } from '../../platforms/aws/connect.ts';
import { dropParts, putParts } from '../../src/cloud/s3-parts.ts';
import { simulatedCredentials } from '../support/clouds/aws/index.ts';
import { bucketName } from '../support/clouds/aws/s3.ts';
import { awsWorld } from '../support/clouds/aws/world.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;
const partBytes = 8 * 2 ** 20;

/** A bucket, and a file of twelve parts. */
const world = async () => {
  const { aws, clock } = await awsWorld();
  onTestFinished(() => aws.close());
  const folder = mkdtempSync(join(tmpdir(), 'kola-s3-parts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  truncateSync(file, 12 * partBytes);
  const { s3, calls } = await connect({ awsEndpoint: aws.url }, { clock, log: () => {} });
  const bucket = { s3, calls, service: 's3', name: bucketName };
  const notes = new Map<string, string>();
  const progress = {
    created: () => undefined,
    noted: (key: string) => notes.get(key),
    note: (key: string, value: string) => void notes.set(key, value),
    blocks: new Set<number>(),
    arrived: () => {},
  };
  const put = () => putParts(bucket, 'kola-file', file, {}, never, progress);
  const counted = (action: string): number => aws.tap.calls.filter(call => call.action === action).length;
  return { aws, bucket, put, counted };
};

it('sends no further part after one was refused, and leaves none', async () => {
  const { aws, put, counted } = await world();
  aws.tap.inject({ on: 's3 UploadPart', effect: 'permission' });
  await expect(put()).rejects.toMatchObject({ code: 'cloud-permission' });
  // Four are on their way at once.
  expect(counted('s3 UploadPart')).toBeLessThan(8);
  expect([...aws.s3.objects.keys(), ...aws.s3.unfinished]).toEqual([]);
});

it('takes back parts that somebody else takes back at the same time', async () => {
  const { aws, bucket, put } = await world();
  aws.tap.inject(
    { on: 's3 UploadPart', effect: 'permission' },
    { on: 's3 AbortMultipartUpload', effect: 'permission' },
  );
  await expect(put()).rejects.toMatchObject({ code: 'cloud-permission' });
  expect(aws.s3.unfinished).toEqual(['kola-file']);
  await Promise.all([1, 2].map(() => dropParts(bucket, 'kola-file', never)));
  expect(aws.s3.unfinished).toEqual([]);
});
