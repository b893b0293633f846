import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootSectorImage } from '../contract/boot-sector.ts';
import { type SimulatedAws, simulatedCredentials, startAws } from '../support/clouds/aws/index.ts';
import { newId } from '../support/clouds/aws/state.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { type Ended, kola } from './kola.ts';

/** The compiled program against a simulated region of AWS; no machine boots. */
let aws: SimulatedAws;
const folder = mkdtempSync(join(tmpdir(), 'kola-cli-clouds-'));
const env = { ...simulatedCredentials, XDG_STATE_HOME: join(folder, 'state'), KOLA_OWNER: 'tester' };

beforeAll(() => {
  const { manifest } = bootSectorImage(folder);
  writeFileSync(join(folder, 'image.json'), JSON.stringify(manifest));
});
beforeEach(async () => {
  await aws?.close();
  aws = await startAws(new PlayedGuests());
});
afterAll(async () => {
  await aws?.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  kola([...args, '--platform=aws', `--aws-endpoint=${aws.url}`], { env: { ...env, ...more } });

const runArgs = (name: string): string[] => [
  'run',
  `--image=${folder}`,
  `--output-dir=${join(folder, name)}`,
  'cl.basic',
];

describe('kola image upload, list and delete', () => {
  it('uploads an image once, shows it, and takes it away with its snapshot', async () => {
    const first = await call(['image', 'upload', `--image=${folder}`]);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ami-[0-9a-f]{17}\n$/) });
    const again = await call(['image', 'upload', `--image=${folder}`]);
    expect(again.stdout).toBe(first.stdout);
    const id = first.stdout.trim();
    const list = await call(['image', 'list', '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject({ images: [{ id, arch: 'amd64' }] });
    expect((await call(['gc', '--older-than=0m'])).stderr).toContain('is a shared image');
    expect((await call(['image', 'delete', id])).stdout).toBe(`deleted ${id}\n`);
    expect(aws.ec2.census()).toEqual([]);
  });
});

describe('kola gc', () => {
  const leave = (run: string): string => {
    const id = newId('sg');
    const past = String(Math.floor(Date.now() / 1000) - 40_000);
    const tags = new Map([
      ['managed-by', 'kola'],
      ['kola-run', run],
      ['kola-owner', 'ci'],
      ['kola-created', past],
      ['kola-expires', past],
    ]);
    aws.ec2.add({ kind: 'security-group', id, name: id, vpc: 'vpc-1', rules: [], tags, hidden: 0 });
    return id;
  };

  it('refuses to run without a scope, before it asks anybody', async () => {
    const { code, stderr } = await call(['gc']);
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('--run or --older-than'),
    });
    expect(aws.tap.calls).toEqual([]);
  });

  it('says with --dry-run what it would destroy, and then destroys that', async () => {
    const [one, two] = [leave('aaaa2222'), leave('bbbb3333')];
    const dry = await call(['gc', '--older-than=6h', '--dry-run']);
    expect(dry.stdout.split('\n').filter(line => line.startsWith('would destroy'))).toHaveLength(2);
    expect(aws.ec2.census()).toHaveLength(2);
    const wet = await call(['gc', '--run=aaaa2222']);
    expect(wet).toMatchObject({
      code: 0,
      stdout: `destroyed security-group ${one} (run aaaa2222, owner ci)\n`,
    });
    expect(aws.ec2.census()).toEqual([`security-group ${two}`]);
  });

  it('exits 2 when something resists, and goes on with the rest', async () => {
    leave('aaaa2222');
    leave('aaaa2222');
    aws.tap.inject({ on: 'ec2 DeleteSecurityGroup', effect: 'quota' });
    const { code, stderr } = await call(['gc', '--run=aaaa2222']);
    expect(code).toBe(2);
    expect(stderr).toContain('Destroyed 1 resources, kept 0, failed at 1');
  });

  it.each([
    [['gc', '--older-than=soon'], /expected a duration such as 90m, 6h or 2d/],
    [['gc', '--run=x', '--aws-region=nowhere'], /expected a region such as us-east-1/],
  ])('%j is a mistake of the caller', async (args, message) => {
    const { code, stderr } = await call(args);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(message) });
  });

  it('knows which platforms have accounts', async () => {
    const { code, stderr } = await kola(['gc', '--platform=qemu', '--run=x'], { env });
    expect(code).toBe(3);
    expect(stderr).toContain('platforms with accounts: aws');
  });
});

describe('kola run on AWS', () => {
  it('ends with exit code 3 and what to set when the credentials are wrong; nothing was created', async () => {
    const { code, stdout, stderr } = await call(runArgs('denied'), { AWS_ACCESS_KEY_ID: 'AKIAWRONG' });
    expect(`${stdout}${stderr}`).toMatch(/aws refused sts GetCallerIdentity: AuthFailure/);
    expect(code).toBe(3);
    expect(aws.tap.calls.map(({ action }) => action)).toEqual(['sts GetCallerIdentity']);
  });

  it('says that an endpoint is none', async () => {
    aws.tap.inject({ on: /./, effect: 'html', times: 99 });
    const { code, stdout, stderr } = await call(runArgs('html'));
    expect(`${stdout}${stderr}`).toContain('does not answer as the API of aws does');
    expect(code).toBe(3);
  });

  it('ends with exit code 2 and what to do when the quota has no room; nothing was created', async () => {
    aws.ec2.settings.vcpus = 1;
    const { code, stdout, stderr } = await call(runArgs('quota'));
    expect(`${stdout}${stderr}`).toMatch(
      /the quota L-1216C47A .* no room for a t3\.small: 0 of 1 are in use/,
    );
    expect(`${stdout}${stderr}`).toContain('have the quota L-1216C47A');
    expect(code).toBe(2);
    expect(aws.ec2.census()).toEqual([]);
  });

  it('says that there is no such type', async () => {
    const { code, stdout, stderr } = await call([...runArgs('type'), '--aws-type=x9.huge']);
    expect(`${stdout}${stderr}`).toContain('us-east-1 has no instance type x9.huge');
    expect(code).toBe(3);
    expect(aws.ec2.census()).toEqual([]);
  });
});
