import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedAzure, simulatedCredentials, startAzure } from '../../support/clouds/azure/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/**
 * One run through the unmodified SDK, with one scenario on one machine and one on two, on machines that really boot. The
 * scenarios with NFS, which other clouds run here, are not for Azure.
 */
let azure: SimulatedAzure;
let run: CloudRun;

beforeAll(async () => {
  azure = await startAzure(new QemuGuests());
  azure.arm.settings.pace = 1;
  run = await runOn(
    [
      '--platform=azure',
      `--azure-endpoint=${azure.url}`,
      `--azure-ca-file=${azure.caFile}`,
      'cl.basic',
      'docker.network-openbsd-nc',
    ],
    simulatedCredentials,
  );
  record('azure', run, azure.tap, azure.arm.census());
});
afterAll(async () => {
  run[Symbol.dispose]();
  await azure.close();
});

describe('kola run --platform=azure', () => {
  it.each(['cl.basic', 'docker.network-openbsd-nc'])('passes %s on real machines', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('says first what it creates and what that costs', () => {
    const said = run.events.flatMap(event => (event.type === 'log' ? [event.text] : [])).join('\n');
    expect(said).toMatch(/azure: subscription .* in westeurope/);
    expect(said).toMatch(/this run creates .*Standard_D2s_v6 machines.*about 0\.20 USD an hour/);
  });

  it('keeps the console that came through the API', () => {
    const file = join(run.place.runDir, 'azure', 'amd64', 'cl.basic', '1', 'machine', 'console.txt');
    expect(readFileSync(file, 'utf8')).toContain('ignition.platform.id=azure');
  });

  it('made the calls that it had to, and leaves nothing in the subscription', () => {
    const actions = new Set(azure.tap.calls.map(({ action }) => action));
    for (const action of [
      'blob PutPage',
      'compute images.createOrUpdate',
      'compute virtualMachines.createOrUpdate',
      'compute virtualMachines.retrieveBootDiagnosticsData',
    ])
      expect(actions, callTable(azure.tap)).toContain(action);
    expect(azure.arm.census()).toEqual([]);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
