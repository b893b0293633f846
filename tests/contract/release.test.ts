import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { mergeFolders } from '../../src/cli/merge-folders.ts';
import type { ImageStore, StoredImage } from '../../src/core/cloud-account.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import { scenario } from '../../src/core/scenario.ts';
import {
  checked,
  matrixText,
  packedDisk,
  ReleaseLab,
  results,
  candidate as version,
} from '../support/release/lab.ts';
import { makeSigningKeys, type SigningKeys } from '../support/signing-keys.ts';

let keys: SigningKeys;
let lab: ReleaseLab;
beforeAll(async () => {
  keys = await makeSigningKeys();
});
beforeEach(async () => {
  lab = await ReleaseLab.open(keys);
});
afterEach(() => lab[Symbol.asyncDispose]());

test('from a channel to GO: images verified, every place run, further types smoked, one report', async () => {
  const { code, events, types } = await lab.run();
  expect(lab.said.join('\n')).toMatch(/^ {2}amd64 {2}GO/m);
  expect(code).toBe(0);
  expect(results(events)).toEqual([
    'aws cl.basic passed',
    'aws cl.internet passed',
    'aws cl.long passed',
    'aws[m4.2xlarge] cl.basic passed',
    'aws[m4.2xlarge] cl.internet passed',
    'qemu cl.basic passed',
    'qemu cl.internet passed',
    'qemu cl.long passed',
  ]);
  expect(types).toEqual(['t3.small', 'm4.2xlarge', 't3.small']);
  const [start] = events;
  const digests = start?.type === 'run.started' ? start.targets.map(({ image }) => image.digest) : [];
  expect(new Set(digests).size).toBe(1);
  expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
  const plan = JSON.parse(readFileSync(lab.file('out/release.json'), 'utf8'));
  expect(plan).toMatchObject({ channel: 'stable', version, totals: { scenarios: 8 } });
  expect(plan.absent.map((one: { platform: string; state: string }) => [one.platform, one.state])).toEqual([
    ['vmware', 'imported'],
    ['metal', 'unavailable'],
  ]);
  const facts = JSON.parse(readFileSync(lab.file('out/release-facts.json'), 'utf8'));
  expect(facts.arches.amd64.images).toContainEqual(
    expect.objectContaining({
      platform: 'aws',
      digest: digests[0],
      signature: expect.objectContaining({ verified: true, key: keys.fingerprint }),
    }),
  );
  for (const report of ['report.json', 'junit.xml', 'test.tap', 'summary.md', 'index.html'])
    expect(existsSync(lab.file(`out/${report}`))).toBe(true);
}, 30_000);

test('a broken smoke tier keeps the full tier of its place from starting, and the gate says NO-GO', async () => {
  const { code, events } = await lab.run({ platform: 'qemu' }, [
    checked('cl.basic', ['smoke'], false),
    checked('cl.long'),
  ]);
  expect(results(events)).toEqual(['qemu cl.basic failed', 'qemu cl.long notrun']);
  const late = events.find(event => event.type === 'result.decided' && event.outcome === 'notrun');
  expect(late).toMatchObject({
    reason: expect.stringContaining('the smoke tier on qemu/amd64 did not pass'),
  });
  expect(code).toBe(7);
}, 30_000);

test('--max-cost stops new machines, what runs comes to its end, and the rest is not taken for tested', async () => {
  const { code, events, aws } = await lab.run({ platform: 'aws', 'max-cost': '0' });
  expect(aws.made).toBe(0);
  expect(results(events).every(line => line.endsWith('notrun'))).toBe(true);
  expect(lab.said.join('\n')).toContain('Starting no more machines');
  expect([7, 8]).toContain(code);
}, 30_000);

test('a platform that is out of stock does not read as a broken release', async () => {
  const refuses = (): ProvisioningError => new ProvisioningError('no-stock', 'none left');
  const { code, events } = await lab.run({ retries: '0' }, undefined, { refuses });
  expect(results(events)).toContain('aws cl.basic blocked');
  expect(results(events)).toContain('qemu cl.long passed');
  // aws informs only; the run itself ends with infrastructure.
  expect(code).toBe(2);
}, 30_000);

/** Keeps what was done with images; finds one by its digest, as clouds do. */
class Images implements ImageStore {
  readonly done: string[] = [];
  readonly there: StoredImage[] = [];
  async upload({ digest, manifest: { arch } }: LocalImage): Promise<StoredImage> {
    const known = this.there.find(image => image.digest === digest);
    this.done.push(known === undefined ? 'upload' : 'find');
    const image = known ?? { id: 'ami-1', name: 'ami', digest, arch, created: 0 };
    if (known === undefined) this.there.push(image);
    return image;
  }
  async list(): Promise<readonly StoredImage[]> {
    return [...this.there];
  }
  async delete(id: string): Promise<boolean> {
    this.done.push(`delete ${id}`);
    return true;
  }
}

test('the image of a place is uploaded once for its tiers, and goes with them unless it was there', async () => {
  const images = new Images();
  lab.images = images;
  const first = await lab.run({ platform: 'aws' });
  expect(results(first.events)).toHaveLength(5);
  expect(images.done).toEqual(['upload', 'delete ami-1']);
  rmSync(lab.file('out'), { recursive: true });
  rmSync(lab.file('out-parts'), { recursive: true });
  await lab.run({ platform: 'aws' });
  expect(images.done.slice(2)).toEqual(['find']);
  // What costs nothing uploads nothing.
  await lab.run({ platform: 'aws', 'max-cost': '0', 'output-dir': lab.file('free') });
  expect(images.done).toHaveLength(3);
  // Another part of the same place may use it longer.
  images.there.pop();
  await lab.run({ platform: 'aws', shard: '1/1', 'output-dir': lab.file('shard') });
  await lab.run({ platform: 'aws', verdict: false, 'output-dir': lab.file('part') });
  expect(images.done).toHaveLength(3);
}, 30_000);

test('an image that cannot be uploaded for all tiers is theirs to upload', async () => {
  lab.images = Object.assign(new Images(), {
    upload: async () => {
      throw new ProvisioningError('no-bucket', 'there is no bucket');
    },
  });
  const { events } = await lab.run({ platform: 'aws' });
  expect(results(events).filter(line => line.endsWith('passed'))).toHaveLength(5);
  expect(lab.said).toContain('No image for all tiers on aws/amd64: there is no bucket');
}, 30_000);

test('a platform that takes too long is stopped in order, and the others are not', async () => {
  writeFileSync(lab.file('matrix.yaml'), matrixText.replace('limitHours: 6', 'limitHours: 0.00003'));
  const { code, events, aws } = await lab.run({}, undefined, { boot: 5000 });
  expect(results(events)).toContain('aws cl.long notrun');
  expect(results(events)).toContain('qemu cl.long passed');
  expect(lab.said.join('\n')).toContain('Stopping the tests on aws');
  expect(aws.up.size).toBe(0);
  expect(code).toBe(5);
}, 30_000);

test('an image that does not verify ends all of it before a machine exists', async () => {
  const path = `/stable/amd64-usr/${version}/flatcar_production_ami_image.bin.bz2`;
  lab.server.files.set(path, Buffer.concat([lab.disk, Buffer.from('x')]));
  await expect(lab.run()).rejects.toMatchObject({ code: 'signature-wrong' });
  expect(existsSync(lab.file('out'))).toBe(false);
});

test('a missing image is a gap that is named; --insecure-image counts for nothing', async () => {
  const path = `/stable/amd64-usr/${version}/flatcar_production_image.bin.bz2`;
  lab.server.files.delete(path);
  await lab.run({ platform: 'qemu,aws' });
  expect(lab.said.join('\n')).toContain('No image: qemu/amd64');
  rmSync(lab.file('out'), { recursive: true });
  lab.server.files.set(path, lab.disk);
  lab.server.files.delete(`${path}.sig`);
  lab.said = [];
  const { code, events } = await lab.run({ platform: 'qemu', 'insecure-image': true });
  const [start] = events;
  expect(start?.type === 'run.started' && start.targets[0]?.image).toMatchObject({
    kind: 'custom',
    notice: expect.stringContaining('not verified'),
  });
  expect(lab.said.join('\n')).toMatch(/SIGNATURES ARE NOT VERIFIED/);
  expect([7, 8]).toContain(code);
}, 30_000);

const updateMatrix = `${matrixText}
update:
  platforms: [qemu]
  from:
    - { release: previous, scenarios: ['cl.update.*'] }
    - { channel: stable, version: 3033.2.4, scenarios: [cl.update.payload] }
`;
const payloadOf = (text: string) => ({ 'flatcar_test_update.gz': Buffer.from(text) });
/** Holds when the machine is given this payload. */
const updates = (name: string, payload: string) =>
  scenario({
    name,
    description: name,
    run: async t => t.equal('payload', readFileSync(t.updatePayload ?? '/nothing', 'utf8'), payload),
  });
const publishAll = async (): Promise<void> => {
  writeFileSync(lab.file('matrix.yaml'), updateMatrix);
  await lab.publish(version, { newest: false, more: payloadOf('of the candidate') });
  await lab.publish('4459.2.0', { disk: packedDisk('OLD'), more: payloadOf('of the one before') });
  await lab.publish('3033.2.4', { newest: false, disk: packedDisk('OLDEST') });
};
const withUpdates = (payload = 'of the candidate') => [
  checked('cl.basic', ['smoke']),
  checked('cl.internet'),
  updates('cl.update.payload', payload),
  updates('cl.update.other', payload),
];

test('updates start with the release before and the oldest one, and count for the candidate', async () => {
  await publishAll();
  const { code, events } = await lab.run({ version, platform: 'qemu' }, withUpdates());
  expect(results(events)).toEqual([
    'qemu cl.basic passed',
    'qemu cl.internet passed',
    'qemu[from-3033.2.4] cl.update.payload passed',
    'qemu[from-4459.2.0] cl.update.other passed',
    'qemu[from-4459.2.0] cl.update.payload passed',
  ]);
  expect(code).toBe(0);
  const facts = JSON.parse(readFileSync(lab.file('out/release-facts.json'), 'utf8'));
  const [payload] = facts.arches.amd64.updates;
  expect(payload).toEqual({
    file: 'flatcar_test_update.gz',
    digest: `sha256:${createHash('sha256').update('of the candidate').digest('hex')}`,
  });
  const [start] = events;
  const targets = start?.type === 'run.started' ? start.targets : [];
  const from = targets.flatMap(({ image }) => (image.start === undefined ? [] : [image]));
  expect(from.map(({ version: own, digest, start: old }) => [own, digest, old?.version]).toSorted()).toEqual([
    [version, payload.digest, '3033.2.4'],
    [version, payload.digest, '4459.2.0'],
  ]);
  // Three images boot, and each says which it is.
  const booted = new Set(targets.map(({ image }) => image.start?.digest ?? image.digest));
  expect(booted.size).toBe(3);
  const plan = JSON.parse(readFileSync(lab.file('out/release.json'), 'utf8'));
  expect(plan.jobs.map((job: { variant: string; tier: string }) => [job.variant, job.tier])).toEqual([
    ['', 'smoke'],
    ['from-4459.2.0', 'update'],
    ['from-3033.2.4', 'update'],
  ]);
}, 30_000);

test('an update that fails is a NO-GO for the candidate, and says how to do it again', async () => {
  await publishAll();
  const { code, events } = await lab.run({ version, platform: 'qemu' }, withUpdates('another one'));
  expect(results(events)).toContain('qemu[from-4459.2.0] cl.update.payload failed');
  expect(code).toBe(7);
  expect(readFileSync(lab.file('out/summary.md'), 'utf8')).toContain(
    'kola run --platform=qemu --channel=stable --image-version=4459.2.0 --update-of=4459.2.1',
  );
}, 30_000);

test('what keeps an update from being tested keeps the release from a GO', async () => {
  await publishAll();
  for (const path of lab.server.files.keys())
    if (path.includes(version) && path.includes('test_update')) lab.server.files.delete(path);
  const { code, events } = await lab.run({ version, platform: 'qemu' }, withUpdates());
  expect(results(events)).toEqual(['qemu cl.basic passed', 'qemu cl.internet passed']);
  expect(lab.said.join('\n')).toMatch(
    /No update to test: qemu\[from-3033\.2\.4\]\/amd64: .*no update payload/,
  );
  expect(lab.said.join('\n')).toContain('qemu[from-4459.2.0]/amd64:cl.update.payload has no result');
  expect(code).toBe(8);
}, 30_000);

test('the release before the current one is named, or known from the history', async () => {
  await publishAll();
  await lab.publish(version, { more: payloadOf('of the candidate') });
  await lab.run({ platform: 'qemu' }, withUpdates());
  expect(lab.said.join('\n')).toContain('No update to test: qemu[from-previous]/amd64: the release before');
  rmSync(lab.file('out'), { recursive: true });
  rmSync(lab.file('out-parts'), { recursive: true });
  const { events } = await lab.run({ platform: 'qemu', previous: '4459.2.0' }, withUpdates());
  expect(results(events)).toContain('qemu[from-4459.2.0] cl.update.payload passed');
}, 30_000);

test('a part leaves the history alone, and parts are merged into what one call would have left', async () => {
  const shards = ['1/2', '2/2'];
  for (const [index, shard] of shards.entries()) {
    const part = { verdict: false, shard, 'output-dir': lab.file(`part-${index}`) };
    expect((await lab.run(part)).code).toBe(0);
  }
  expect(existsSync(lab.file('history.db'))).toBe(false);
  const merged = { outputDir: lab.file('merged') };
  await mergeFolders([lab.file('part-0'), lab.file('part-1')], merged, ['kola', 'merge'], lab.terminal);
  const { events: whole } = await lab.run();
  expect(results(lab.events(merged.outputDir))).toEqual(results(whole));
  const [facts, wanted] = ['merged', 'out'].map(name =>
    JSON.parse(readFileSync(lab.file(`${name}/release-facts.json`), 'utf8')),
  );
  expect(facts.arches).toEqual(wanted.arches);
}, 30_000);
