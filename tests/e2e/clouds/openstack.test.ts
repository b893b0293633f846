import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedOpenStack, startOpenStack } from '../../support/clouds/openstack/index.ts';
import { simulatedCredentials } from '../../support/clouds/openstack/keystone.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/** One run, with one scenario on one machine and one on two, on machines that really boot. */
let simulated: SimulatedOpenStack;
let run: CloudRun;
let before: readonly string[];

beforeAll(async () => {
  simulated = await startOpenStack(new QemuGuests());
  simulated.world.settings.pace = 300;
  before = simulated.world.census();
  run = await runOn(
    ['--platform=openstack', `--openstack-endpoint=${simulated.url}`, 'cl.basic', 'linux.nfs.v4'],
    simulatedCredentials,
  );
  const left = simulated.world.census().filter(thing => !before.includes(thing));
  record('openstack', run, simulated.tap, left);
});
afterAll(async () => {
  run[Symbol.dispose]();
  await simulated.close();
});

describe('kola run --platform=openstack', () => {
  it.each(['cl.basic', 'linux.nfs.v4'])('passes %s on real machines', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('made the calls that it had to, and leaves nothing in the project', () => {
    const actions = new Set(simulated.tap.calls.map(({ action }) => action));
    for (const action of [
      'POST /image/v2/images',
      'POST /networking/v2.0/routers',
      'POST /networking/v2.0/floatingips',
      'POST /compute/v2.1/servers',
    ])
      expect(actions, callTable(simulated.tap)).toContain(action);
    expect(simulated.world.census()).toEqual(before);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
