import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedAws, simulatedCredentials, startAws } from '../../support/clouds/aws/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/** One run through the unmodified SDK, with one scenario on one machine and one on two, on machines that really boot. */
let aws: SimulatedAws;
let run: CloudRun;

beforeAll(async () => {
  aws = await startAws(new QemuGuests());
  aws.ec2.settings.pace = 300;
  run = await runOn(
    ['--platform=aws', `--aws-endpoint=${aws.url}`, 'cl.basic', 'linux.nfs.v4'],
    simulatedCredentials,
  );
  record('aws', run, aws.tap, aws.ec2.census());
});
afterAll(async () => {
  run[Symbol.dispose]();
  await aws.close();
});

describe('kola run --platform=aws', () => {
  it.each(['cl.basic', 'linux.nfs.v4'])('passes %s on real machines', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('says first what it creates and what that costs', () => {
    const said = run.events.flatMap(event => (event.type === 'log' ? [event.text] : [])).join('\n');
    expect(said).toMatch(/aws: account 123456789012 in us-east-1/);
    expect(said).toMatch(/this run creates .*t3\.small machines.*about 0\.04 USD an hour/);
  });

  it('keeps the console that came through the API', () => {
    const console = readFileSync(
      join(run.place.runDir, 'aws', 'amd64', 'cl.basic', '1', 'machine', 'console.txt'),
      'utf8',
    );
    expect(console).toContain('Linux version');
    expect(console).toContain('ignition.platform.id=aws');
  });

  it('made the calls that it had to, and leaves nothing in the account', () => {
    const actions = new Set(aws.tap.calls.map(({ action }) => action));
    for (const action of [
      'ebs PutSnapshotBlock',
      'ec2 RegisterImage',
      'ec2 RunInstances',
      'ec2 GetConsoleOutput',
    ])
      expect(actions, callTable(aws.tap)).toContain(action);
    expect(aws.ec2.census()).toEqual([]);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
