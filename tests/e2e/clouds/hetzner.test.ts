import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type SimulatedHetzner,
  simulatedCredentials,
  startHetzner,
} from '../../support/clouds/hetzner/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/** One run, with one scenario on one machine and one on two, on machines that really boot. */
let simulated: SimulatedHetzner;
let run: CloudRun;

beforeAll(async () => {
  simulated = await startHetzner(new QemuGuests());
  simulated.api.settings.pace = 300;
  run = await runOn(
    ['--platform=hetzner', `--hetzner-endpoint=${simulated.url}`, 'cl.basic', 'linux.nfs.v4'],
    simulatedCredentials,
  );
  record('hetzner', run, simulated.tap, simulated.api.census());
});
afterAll(async () => {
  run[Symbol.dispose]();
  await simulated.close();
});

describe('kola run --platform=hetzner', () => {
  it.each(['cl.basic', 'linux.nfs.v4'])('passes %s on real machines', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('made the calls that it had to, and leaves nothing in the project', () => {
    const actions = new Set(simulated.tap.calls.map(({ action }) => action));
    for (const action of ['POST /v1/networks', 'POST /v1/firewalls', 'POST /v1/servers'])
      expect(actions, callTable(simulated.tap)).toContain(action);
    expect(simulated.api.census()).toEqual([]);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
