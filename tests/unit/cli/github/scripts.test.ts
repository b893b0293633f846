import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAction } from '../../../support/github-runner.ts';

const scripts = fileURLToPath(new URL('../../../../.github', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-scripts-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Stands in for kola: writes down how it was called, and answers as it is told. */
const stub = (answer = '', code = 0): void => {
  const body = `
    require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'calls'))}, process.argv.slice(2).join(' ') + '\\n');
    process.stdout.write(${JSON.stringify(answer)});
    process.exitCode = ${code};`;
  writeFileSync(join(folder, 'bin/kola.js'), body);
};

const run = (script: string, env: Readonly<Record<string, string>>) => {
  const output = join(folder, 'output');
  writeFileSync(output, '');
  const { status, stdout, stderr } = spawnSync('bash', [join(scripts, script)], {
    env: {
      PATH: process.env.PATH,
      KOLA_ACTION: folder,
      GITHUB_OUTPUT: output,
      RUNNER_TEMP: folder,
      ...env,
    },
    encoding: 'utf8',
  });
  return { status, stdout, stderr, output: readFileSync(output, 'utf8') };
};
const calls = (): readonly string[] => readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');

describe('gc.sh', () => {
  it('destroys what every run of a part left, and looks through no platform without an account', () => {
    stub();
    for (const [part, id] of [
      ['aws-amd64-smoke', 'abcd1234'],
      ['aws-amd64-full', 'efgh5678'],
    ] as const) {
      mkdirSync(join(folder, 'parts', part), { recursive: true });
      const start = { v: 1, run: id, seq: 1, type: 'run.started' };
      writeFileSync(
        join(folder, 'parts', part, 'events.ndjson'),
        `${JSON.stringify(start)}\n${JSON.stringify({ ...start, run: 'other' })}\n`,
      );
    }
    expect(run('gc.sh', { PLATFORM: 'qemu,aws', PARTS: join(folder, 'parts') }).status).toBe(0);
    expect(calls().toSorted()).toEqual([
      'gc --platform=aws --run=abcd1234',
      'gc --platform=aws --run=efgh5678',
    ]);
  });

  it('goes on with the next platform, and ends as the first that failed', () => {
    stub('', 2);
    expect(run('gc.sh', { PLATFORM: 'aws,gce', RUN_ID: 'abcd1234' }).status).toBe(2);
    expect(calls()).toEqual(['gc --platform=aws --run=abcd1234', 'gc --platform=gce --run=abcd1234']);
  });
});

describe('plan.sh', () => {
  const entry = { platform: 'qemu', arch: 'amd64', shard: '1/1', parallel: 20, account: false };
  const plan = {
    version: '4459.2.1',
    totals: { scenarios: 1, machineHours: 1, cost: 0 },
    matrix: [entry, { ...entry, platform: 'aws', account: true }],
  };

  it('parts the matrix into what needs an account and what does not, a line each', () => {
    stub(JSON.stringify(plan, null, 2));
    const { status, output } = run('plan.sh', {
      CHANNEL: 'stable',
      VERSION: 'current',
      PLATFORMS: 'qemu,aws',
    });
    expect(status).toBe(0);
    expect(calls()).toEqual([
      'plan --channel=stable --version=current --shards=1 --json --platform=qemu,aws',
    ]);
    const lines = Object.fromEntries(
      output
        .trimEnd()
        .split('\n')
        .map(line => line.split(/=(.*)/s, 2)),
    );
    expect(lines.version).toBe('4459.2.1');
    expect(JSON.parse(lines.local)).toEqual([entry]);
    expect(JSON.parse(lines.clouds)).toEqual([{ ...entry, platform: 'aws', account: true }]);
  });

  it('takes a plan without work for one, and fails with a wrong one', () => {
    stub(JSON.stringify({ ...plan, matrix: [] }), 4);
    expect(run('plan.sh', { CHANNEL: 'stable', VERSION: '4459.2.1' })).toMatchObject({
      status: 0,
      output: expect.stringContaining('clouds=[]'),
    });
    stub('', 3);
    expect(run('plan.sh', { CHANNEL: 'stable', VERSION: 'x' }).status).toBe(3);
  });
});

describe('release-part.sh', () => {
  const part = { CHANNEL: 'beta', VERSION: '4799.1.0', ARCH: 'arm64', SHARD: '2/3', PARALLEL: '8' };

  it('runs its shard of a place and leaves the verdict to others; accounts have a limit of machines', () => {
    stub('', 1);
    const local = run('release-part.sh', { ...part, PLATFORM: 'qemu' });
    expect(local.status).toBe(1);
    const dir = /^folder=(.*)$/m.exec(local.output)?.[1];
    expect(dir?.startsWith(`${folder}/kola-part-`)).toBe(true);
    run('release-part.sh', {
      ...part,
      PLATFORM: 'aws',
      ACCOUNT: 'true',
      MAX_COST: '25',
      PREVIOUS: '4777.1.0',
    });
    const [one, two] = calls();
    expect(one).toBe(
      `release --channel=beta --version=4799.1.0 --platform=qemu --arch=arm64 --shard=2/3 --output-dir=${dir} --no-verdict`,
    );
    expect(two).toMatch(/ --no-verdict --parallel=8 --previous=4777\.1\.0 --max-cost=25$/);
  });
});

describe('the steps of release-part', () => {
  /** The action beside the scripts that it calls, with a kola of ours. */
  const action = (): string => {
    const own = join(folder, '.github/release-part');
    cpSync(scripts, join(folder, '.github'), { recursive: true });
    return own;
  };
  const inputs = {
    channel: 'beta',
    version: '4799.1.0',
    platform: 'aws',
    arch: 'amd64',
    shard: '1/2',
    parallel: '8',
    account: 'true',
    artifact: 'part_beta_aws_amd64_0',
  };
  const done = ['actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020', 'Install kola'];

  it('run a part and keep its folder, also when tests fail', async () => {
    stub('', 1);
    const { steps, failed } = await runAction({ folder, action: action(), inputs, done });
    expect(failed).toBe(true);
    // Nothing of QEMU for a cloud, and nothing to destroy after an end in order.
    expect(steps.map(({ name }) => name)).toEqual(['Run', 'Keep the run folder']);
    const dir = /--output-dir=(\S+)/.exec(calls()[0] ?? '')?.[1];
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(
      /^release --channel=beta --version=4799\.1\.0 --platform=aws .* --parallel=8$/,
    );
    expect(steps[1]?.log).toBe(`name: part_beta_aws_amd64_0\npath: ${dir}`);
  });

  it('destroy what every run of a cancelled part left in the account', async () => {
    const body = `
      const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
      appendFileSync(${JSON.stringify(join(folder, 'calls'))}, process.argv.slice(2).join(' ') + '\\n');
      const dir = process.argv.join(' ').match(/--output-dir=(\\S+)/)?.[1];
      for (const part of dir === undefined ? [] : ['smoke', 'full']) {
        mkdirSync(dir + '-parts/' + part, { recursive: true });
        writeFileSync(dir + '-parts/' + part + '/events.ndjson', JSON.stringify({ v: 1, run: 'run-' + part }));
      }`;
    writeFileSync(join(folder, 'bin/kola.js'), body);
    const { steps } = await runAction({ folder, action: action(), inputs, done, cancelledIn: 'Run' });
    expect(steps.map(({ name }) => name)).toEqual([
      'Run',
      'Destroy what the cancelled runs left',
      'Keep the run folder',
    ]);
    expect(calls().slice(1).toSorted()).toEqual([
      'gc --platform=aws --run=run-full',
      'gc --platform=aws --run=run-smoke',
    ]);
  });

  it('open KVM for QEMU, without an account to clean', async () => {
    stub();
    const own = { ...inputs, platform: 'qemu', account: 'false', 'allow-tcg': 'true' };
    const { steps } = await runAction({
      folder,
      action: action(),
      inputs: own,
      done,
      env: { KVM_DEVICE: join(folder, 'no-kvm') },
      cancelledIn: 'Run',
    });
    expect(steps.map(({ name }) => name)).toEqual([
      'Install what QEMU needs',
      'Open KVM to this user',
      'Run',
      'Keep the run folder',
    ]);
    expect(calls()[0]).toBe('setup --yes');
    expect(calls()[1]).not.toContain('--parallel');
  });
});
