import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedGce, simulatedCredentials, startGce } from '../../support/clouds/gce/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/** One run through the unmodified SDK, with one scenario on one machine and one on two, on machines that really boot. */
let gce: SimulatedGce;
let run: CloudRun;

beforeAll(async () => {
  gce = await startGce(new QemuGuests());
  gce.compute.settings.pace = 1;
  run = await runOn(
    ['--platform=gce', `--gce-endpoint=${gce.url}`, 'cl.basic', 'linux.nfs.v4'],
    simulatedCredentials,
  );
  record('gce', run, gce.tap, gce.compute.census());
});
afterAll(async () => {
  run[Symbol.dispose]();
  await gce.close();
});

describe('kola run --platform=gce', () => {
  it.each(['cl.basic', 'linux.nfs.v4'])('passes %s on real machines', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('says first what it creates and what that costs', () => {
    const said = run.events.flatMap(event => (event.type === 'log' ? [event.text] : [])).join('\n');
    expect(said).toMatch(/gce: project simulated-project in us-central1-a/);
    expect(said).toMatch(/this run creates .*n1-standard-2 machines.*about 0\.19 USD an hour/);
  });

  it('keeps the console that came through the API', () => {
    const file = join(run.place.runDir, 'gce', 'amd64', 'cl.basic', '1', 'machine', 'console.txt');
    expect(readFileSync(file, 'utf8')).toContain('ignition.platform.id=gcp');
  });

  it('made the calls that it had to, and leaves nothing in the project', () => {
    const actions = new Set(gce.tap.calls.map(({ action }) => action));
    for (const action of [
      'storage objects.upload',
      'compute images.insert',
      'compute instances.insert',
      'compute instances.getSerialPortOutput',
    ])
      expect(actions, callTable(gce.tap)).toContain(action);
    expect(gce.compute.census()).toEqual([]);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
