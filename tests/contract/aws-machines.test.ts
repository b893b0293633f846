import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/aws/index.ts';
import { readFactText } from '../../src/cloud/fact-text.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { FlightContext } from '../../src/core/platform.ts';
import { simulatedCredentials } from '../support/clouds/aws/index.ts';
import { bucketName } from '../support/clouds/aws/s3.ts';
import {
  type Instance,
  newId,
  type Schedule,
  type SecurityGroup,
  subnets,
} from '../support/clouds/aws/state.ts';
import { awsWorld } from '../support/clouds/aws/world.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only EC2 has: subnets, types, block devices, groups. The contract of all clouds is in aws.test.ts. */
beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;

const world = async () => {
  const { aws, platform, clock } = await awsWorld();
  onTestFinished(() => aws.close());
  const open = (
    options: object = {},
    context: Partial<FlightContext> = {},
    prepare = true,
  ): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { awsEndpoint: aws.url, ...options },
        image: bootSectorImage,
        greeting,
        clock,
        census: async () => aws.ec2.census(),
        murder: async () => {},
        badOptions: [],
      },
      context,
      prepare,
    );
  const ofKind = <T>(kind: string): readonly T[] =>
    [...aws.ec2.things.values()].filter(thing => thing.kind === kind) as unknown as readonly T[];
  return { aws, open, ofKind };
};

it('tries the next subnet, then the next type, when there is no room', async () => {
  const { aws, open, ofKind } = await world();
  const { flight, log, spec } = await open({ awsType: 't3.small,t3.medium' });
  aws.tap.inject({ on: 'ec2 RunInstances', effect: 'capacity', times: 3 });
  await flight.provision(spec(), never);
  const [instance] = ofKind<Instance>('instance');
  expect(instance).toMatchObject({ type: 't3.medium', subnet: subnets[1].id });
  expect(log.filter(line => line.startsWith('No room for'))).toEqual([
    `No room for t3.small in ${subnets[0].id}: trying the next place`,
    `No room for t3.small in ${subnets[1].id}: trying the next place`,
    `No room for t3.medium in ${subnets[0].id}: trying the next place`,
  ]);
});

it('lets nobody in but the runner, and the machines of the run', async () => {
  const { open, ofKind } = await world();
  await open({ runnerAddress: '203.0.113.7' });
  const [group] = ofKind<SecurityGroup>('security-group');
  expect(group?.rules).toEqual([
    { protocol: 'tcp', from: '22', to: '22', source: '203.0.113.7/32' },
    { protocol: '-1', source: group?.id },
  ]);
});

it('gives a machine the disks it asked for, and takes them away with it', async () => {
  const { open, ofKind } = await world();
  const { flight, spec } = await open();
  const wanted = spec({ primaryDiskExtraMiB: 2048, disks: [{ serial: 'data', sizeMiB: 3000 }] });
  await flight.provision(wanted, never);
  expect(ofKind<{ gib: number }>('volume').map(({ gib }) => gib)).toEqual([3, 3]);
  await flight.destroy(wanted.id, never);
  expect(ofKind('volume')).toEqual([]);
});

it('refuses a machine that the type is too small for, as a lack of room', async () => {
  const { open } = await world();
  const { flight, spec } = await open();
  const large = spec({ size: { memoryMiB: 16_384, vcpus: 4 } });
  await expect(flight.provision(large, never)).rejects.toMatchObject({ kind: 'capacity', code: 'aws-size' });
});

it('uses the group and the image that were named, and leaves both', async () => {
  const { aws, open, ofKind } = await world();
  const first = await open();
  const [image] = ofKind<{ id: string }>('image');
  const id = newId('sg');
  aws.ec2.add({
    kind: 'security-group',
    id,
    name: 'ours',
    vpc: 'vpc-00000000000000001',
    rules: [],
    tags: new Map(),
    hidden: 0,
  });
  const second = await open({ awsSg: 'ours', awsAmi: image?.id });
  await second.flight.provision(second.spec(), never);
  expect(ofKind<Instance>('instance')[0]).toMatchObject({ group: id, image: image?.id });
  await second.flight.close(never);
  expect(ofKind<{ id: string }>('image')).toHaveLength(1);
  expect(aws.ec2.things.has(id)).toBe(true);
  await first.flight.close(never);
});

it.each([
  [{ awsSg: 'nobody' }, /there is no security group nobody/],
  [{ awsSubnets: 'subnet-1' }, /InvalidSubnetID.NotFound/],
  [{ awsType: 'a1.large' }, /expected an instance type for x86_64, found a1.large/],
])('refuses %j', async (options, message) => {
  const { aws, open } = await world();
  await expect(open(options)).rejects.toThrow(message);
  expect(aws.ec2.census().filter(thing => thing.startsWith('instance'))).toEqual([]);
});

/** An instance that somebody else runs. */
const stranger = (over: Partial<Instance>): Instance => ({
  kind: 'instance',
  id: newId('i'),
  type: 't3.small',
  image: 'ami-00000000000000001',
  subnet: subnets[0].id,
  group: 'sg-00000000000000001',
  keyName: undefined,
  userData: undefined,
  launched: new Date(0).toISOString(),
  state: 'running',
  until: 0,
  reason: undefined,
  guest: undefined,
  tags: new Map(),
  hidden: 0,
  ...over,
});

it('says before a run what the quota has room for, and stops where there is none', async () => {
  const { aws, open } = await world();
  const { ec2 } = aws;
  ec2.settings.pageSize = 2;
  ec2.settings.vcpus = 20;
  ec2.add(stranger({}));
  ec2.add(stranger({}));
  ec2.add(stranger({ type: 'a1.large' }));
  ec2.add(stranger({ type: 'm4.2xlarge', state: 'pending' }));
  ec2.add(stranger({ type: 't3.medium', lifecycle: 'spot' }));
  ec2.add(stranger({ type: 't3.medium', state: 'terminated' }));
  const before = ec2.census();
  const { flight } = await open({}, {}, false);
  const why =
    'the quota L-1216C47A (vCPUs of running On-Demand Standard instances) of us-east-1 has room for 3 machines: 14 of 20 are in use';
  expect(await flight.preflight?.(never)).toMatchObject({ notes: [why], room: { machines: 3, why } });
  expect(flight.machineLimit).toBe(3);
  ec2.settings.vcpus = 15;
  await expect(open()).rejects.toMatchObject({
    ...{ kind: 'capacity', code: 'cloud-quota' },
    message: expect.stringMatching(
      /L-1216C47A .* of us-east-1 has no room for a t3\.small: 14 of 15 are in use/,
    ),
    hint: expect.stringContaining('have the quota L-1216C47A'),
  });
  expect(ec2.census()).toEqual(before);
});

it('counts by the type that every machine tries first', async () => {
  const { aws, open } = await world();
  aws.ec2.settings.vcpus = 12;
  const { flight } = await open({ awsType: 'm4.2xlarge,t3.small' }, {}, false);
  await flight.preflight?.(never);
  expect(flight.machineLimit).toBe(1);
});

const quotaCall = 'servicequotas GetServiceQuota';

it.each([
  ['permission', /AccessDeniedException: simulated permission \(allow servicequotas:GetServiceQuota/],
  ['credentials', /UnrecognizedClientException/],
  ['html', /does not answer as the API of aws does/],
  ['lost-answer', /no answer from aws to servicequotas GetServiceQuota/],
] as const)('runs without knowing the quota where it is not told: %s', async (effect, reason) => {
  const { aws, open } = await world();
  aws.tap.inject({ on: quotaCall, effect, times: 99 });
  const { flight, spec } = await open({}, {}, false);
  const [note] = (await flight.preflight?.(never))?.notes ?? [];
  expect(note).toMatch(/^the quota is not known, a machine over it fails with the cause capacity: /);
  expect(note).toMatch(reason);
  expect(note).not.toContain('\n');
  expect(flight.machineLimit).toBe(Number.POSITIVE_INFINITY);
  await flight.prepareImage(never);
  await flight.provision(spec(), never);
});

it('asks for the quota again after throttling and errors of the servers', async () => {
  const { aws, open } = await world();
  aws.tap.inject({ on: quotaCall, effect: 'throttle', times: 2 }, { on: quotaCall, effect: 'server-error' });
  const { flight } = await open({}, {}, false);
  await flight.preflight?.(never);
  expect(flight.machineLimit).toBe(32);
  expect(aws.tap.clearFaults()).toBe(0);
});

it('asks for the quota at the address of AWS_ENDPOINT_URL, as for everything else', async () => {
  const { aws, open } = await world();
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  onTestFinished(() => void vi.stubEnv('AWS_ENDPOINT_URL', undefined));
  const { flight } = await open({ awsEndpoint: undefined }, {}, false);
  await flight.preflight?.(never);
  expect(aws.tap.calls.map(({ action, status }) => `${action} ${status}`)).toContain(`${quotaCall} 200`);
});

it('says of a machine over the quota that there is no room', async () => {
  const { aws, open } = await world();
  aws.ec2.settings.vcpus = 2;
  const { flight, spec } = await open();
  await flight.provision(spec(), never);
  await expect(flight.provision(spec(), never)).rejects.toMatchObject({
    ...{ kind: 'capacity', code: 'cloud-quota' },
    message: expect.stringContaining('VcpuLimitExceeded'),
  });
});

it('renews the lease in the tags while it lives', async () => {
  const { aws, open, ofKind } = await world();
  await open();
  const [group] = ofKind<SecurityGroup>('security-group');
  const before = Number(group?.tags.get('kola-expires'));
  await vi.waitUntil(() => aws.tap.calls.some(({ action }) => action === 'ec2 CreateTags'), {
    timeout: 30_000,
  });
  await vi.waitUntil(() => Number(group?.tags.get('kola-expires')) > before, { timeout: 1000 });
  expect(Number(group?.tags.get('kola-expires')) - before).toBeGreaterThan(leaseLength / 1000 / 8);
});

it('takes images through a bucket, too, and leaves neither object nor task', async () => {
  const { aws, open, ofKind } = await world();
  const through = { awsImport: 's3', awsBucket: bucketName, awsIamProfile: 'reader' };
  const { flight, ledger, spec } = await open(through);
  expect(ledger.open().map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['bucket-object', 'import-task', 'snapshot', 'image']),
  );
  expect(ofKind<SecurityGroup>('snapshot')[0]?.tags.get('kola-run')).toBe(ledger.run);
  const large = { channel: 'ignition', form: 'ignition 2.3.0', redacted: '', ownDigest: '' } as const;
  const files = [{ path: '/noise', contents: { source: `data:,${randomBytes(20_000).toString('hex')}` } }];
  const text = JSON.stringify({ ignition: { version: '2.3.0' }, storage: { files } });
  await flight.provision(spec({ userData: { ...large, text } }), never);
  const [instance] = ofKind<Instance>('instance');
  const stub = JSON.parse(Buffer.from(instance?.userData ?? '', 'base64').toString('utf8'));
  const key = stub.ignition.config.replace.source.replace(`s3://${bucketName}/`, '');
  expect(aws.s3.objects.get(key)?.body.toString('utf8')).toContain('/noise');
  await flight.close(never);
  expect([...aws.s3.objects.keys(), ...aws.s3.unfinished, ...aws.ec2.census()]).toEqual([]);
});

it('finishes a file in parts whose last answer was lost, and takes back parts that were never finished', async () => {
  const { aws } = await world();
  const folder = mkdtempSync(join(tmpdir(), 'kola-parts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const options = { awsEndpoint: aws.url, awsImport: 's3', awsBucket: bucketName };
  const account = await platform.account?.({
    options: await (await platform.options()).parseAsync(options),
    ...{ clock: hastyClock(), signal: never, log: () => {} },
  });
  const upload = () => account?.images.upload(bootSectorImage(folder), join(folder, 'upload'), never);
  aws.tap.inject({ on: 's3 UploadPart', effect: 'permission', times: 99 });
  await expect(upload()).rejects.toMatchObject({ code: 'cloud-permission' });
  expect([...aws.s3.objects.keys(), ...aws.s3.unfinished, ...aws.ec2.census()]).toEqual([]);
  aws.tap.clearFaults();
  aws.tap.inject({ on: 's3 CompleteMultipartUpload', effect: 'lost-answer' });
  expect((await upload())?.id).toMatch(/^ami-/);
  expect(aws.tap.clearFaults()).toBe(0);
  expect([...aws.s3.objects.keys(), ...aws.s3.unfinished]).toEqual([]);
});

it.each(['s3 PutObject', 'ec2 ImportSnapshot', 'ec2 CreateTags'])(
  'leaves nothing when the answers to %s are lost',
  async on => {
    const { aws, open } = await world();
    aws.tap.inject({ on, effect: 'lost-answer', times: 99 });
    const { flight } = await open({ awsImport: 's3', awsBucket: bucketName }, {}, false);
    await expect(flight.prepareImage(never)).rejects.toThrow(/no answer from aws/);
    aws.tap.clearFaults();
    await flight.close(never);
    expect([...aws.s3.objects.keys(), ...aws.s3.unfinished, ...aws.ec2.census()]).toEqual([]);
  },
);

it('names an image of the wrong architecture', async () => {
  const { aws, open } = await world();
  await expect(open({}, { arch: 'arm64' })).rejects.toThrow(
    /expected an image for arm64, found one for amd64/,
  );
  expect(aws.ec2.census()).toEqual([]);
});

const scheduled = { awsScheduleRole: 'arn:aws:iam::123456789012:role/kola-end' };

it('has a schedule terminate a machine at the end of its lease, also when nobody is left', async () => {
  const { aws, open, ofKind } = await world();
  const { flight, spec } = await open(scheduled);
  const wanted = spec();
  const { platformId } = await flight.provision(wanted, never);
  const [schedule] = ofKind<Schedule>('schedule');
  const instance = aws.ec2.things.get(platformId);
  const end = Number(instance?.tags.get('kola-expires')) * 1000;
  expect(schedule?.body).toMatchObject({
    ScheduleExpression: `at(${new Date(end).toISOString().slice(0, 19)})`,
    Target: { RoleArn: scheduled.awsScheduleRole, Input: JSON.stringify({ InstanceIds: [platformId] }) },
  });
  await aws.scheduler.runDue(end - 1000);
  expect(aws.ec2.census()).toContain(`instance ${platformId}`);
  await aws.scheduler.runDue(end);
  expect(aws.ec2.census().filter(thing => /^(instance|schedule|volume) /.test(thing))).toEqual([]);
  await flight.destroy(wanted.id, never);
});

it('moves the end of a machine on with the lease, and takes the schedule away with the machine', async () => {
  const { aws, open, ofKind } = await world();
  const { flight, ledger, spec } = await open(scheduled);
  const wanted = spec();
  await flight.provision(wanted, never);
  const begin = ofKind<Schedule>('schedule')[0]?.body;
  await vi.waitUntil(() => ofKind<Schedule>('schedule')[0]?.body !== begin, { timeout: 30_000 });
  const moved = ofKind<Schedule>('schedule')[0]?.body;
  const expires = Number(readFactText(moved?.Description ?? '')['kola-expires']);
  expect(moved?.ScheduleExpression).toBe(`at(${new Date(expires * 1000).toISOString().slice(0, 19)})`);
  expect(moved && begin && moved.ScheduleExpression > begin.ScheduleExpression).toBe(true);
  expect(readFactText(moved?.Description ?? '')).toMatchObject({
    'managed-by': 'kola',
    'kola-run': ledger.run,
  });
  await flight.destroy(wanted.id, never);
  expect(ofKind('schedule')).toEqual([]);
  expect(aws.tap.calls.map(({ action }) => action)).toContain('scheduler DeleteSchedule');
});

it('renews the lease in the tags though the end of a machine cannot be moved', async () => {
  const { aws, open } = await world();
  const { flight, log, spec } = await open(scheduled);
  const { platformId } = await flight.provision(spec(), never);
  const expires = (): number => Number(aws.ec2.things.get(platformId)?.tags.get('kola-expires'));
  const before = expires();
  aws.tap.inject({ on: 'scheduler GetSchedule', effect: 'permission', times: 99 });
  await vi.waitUntil(() => expires() > before, { timeout: 30_000 });
  await vi.waitUntil(() => log.some(line => /^Failed to renew the lease: .*GetSchedule/.test(line)), {
    timeout: 30_000,
  });
});

it('says before a run that schedules may not be used', async () => {
  const { aws, open } = await world();
  aws.tap.inject({ on: 'scheduler ListSchedules', effect: 'permission', times: 99 });
  await expect(open(scheduled)).rejects.toMatchObject({
    ...{ kind: 'usage', code: 'cloud-permission' },
    message: expect.stringContaining('scheduler ListSchedules'),
  });
  expect(aws.ec2.census()).toEqual([]);
});

it('collects what was left where schedules may not be listed, unless they are asked for', async () => {
  const { aws } = await world();
  aws.tap.inject({ on: 'scheduler ListSchedules', effect: 'permission', times: 99 });
  const log: string[] = [];
  const account = async (options: object) =>
    platform.account?.({
      options: await (await platform.options()).parseAsync({ awsEndpoint: aws.url, ...options }),
      ...{ clock: systemClock, signal: never, log: (line: string) => void log.push(line) },
    });
  expect(await (await account({}))?.list(never)).toEqual([]);
  expect(log).toEqual(['Schedules are not looked at: AccessDeniedException']);
  await expect((await account(scheduled))?.list(never)).rejects.toMatchObject({ code: 'cloud-permission' });
});
