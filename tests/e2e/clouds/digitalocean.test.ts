import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketName } from '../../support/clouds/aws/s3.ts';
import { type SimulatedDo, simulatedCredentials, startDo } from '../../support/clouds/digitalocean/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/** One run through digitalocean-js, with one scenario on one machine and one on two, on machines that really boot. */
let simulated: SimulatedDo;
let run: CloudRun;

beforeAll(async () => {
  simulated = await startDo(new QemuGuests());
  simulated.api.settings.pace = 300;
  const { url } = simulated;
  run = await runOn(
    [
      ...['--platform=digitalocean', `--do-endpoint=${url}`, `--do-spaces-endpoint=${url}`],
      ...[`--do-spaces-bucket=${bucketName}`, 'cl.basic', 'linux.nfs.v4'],
    ],
    simulatedCredentials,
  );
  record('digitalocean', run, simulated.tap, simulated.census());
});
afterAll(async () => {
  run[Symbol.dispose]();
  await simulated.close();
});

describe('kola run --platform=digitalocean', () => {
  it.each(['cl.basic', 'linux.nfs.v4'])('passes %s on real machines', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('made the calls that it had to, and leaves nothing in the account', () => {
    const actions = new Set(simulated.tap.calls.map(({ action }) => action));
    for (const action of ['POST /v2/images', 'POST /v2/firewalls', 'POST /v2/droplets'])
      expect(actions, callTable(simulated.tap)).toContain(action);
    expect(simulated.census()).toEqual([]);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
