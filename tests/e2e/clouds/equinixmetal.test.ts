import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatedCredentials } from '../../support/clouds/equinixmetal/index.ts';
import { type RealMetal, startRealMetal } from '../../support/clouds/equinixmetal/real.ts';
import { runsIn } from '../runs.ts';
import { type CloudRun, callTable, record, runOn } from './cloud-run.ts';

/** One run, with one scenario on one machine and one on two, on machines that boot through iPXE and install themselves. */
let simulated: RealMetal;
let run: CloudRun;

beforeAll(async () => {
  simulated = await startRealMetal();
  simulated.metal.settings.pace = 300;
  run = await runOn(
    [
      ...['--platform=equinixmetal', `--equinixmetal-endpoint=${simulated.url}`, ...simulated.flags],
      ...['cl.basic', 'linux.nfs.v4'],
    ],
    simulatedCredentials,
  );
  record('equinixmetal', run, simulated.tap, simulated.metal.census());
});
afterAll(async () => {
  run[Symbol.dispose]();
  await simulated.close();
});

describe('kola run --platform=equinixmetal', () => {
  it.each(['cl.basic', 'linux.nfs.v4'])('passes %s on machines that installed themselves', scenario => {
    const { failure, outcome } = run.resultOf(scenario);
    expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
    expect(outcome).toBe('passed');
    expect(run.ended.code).toBe(0);
  });

  it('keeps the consoles of installer and system apart', () => {
    const evidence = (name: string): string =>
      readFileSync(join(run.place.runDir, 'equinixmetal', 'amd64', 'cl.basic', '1', 'machine', name), 'utf8');
    expect(evidence('installer-console.txt')).toContain('flatcar.oem.id=packet');
    expect(evidence('console.txt')).toContain('ignition.platform.id=packet');
    expect(evidence('console.txt')).not.toContain('flatcar.oem.id=packet');
  });

  it('made the calls that it had to, and leaves nothing in the project', () => {
    const actions = new Set(simulated.tap.calls.map(({ action }) => action));
    for (const action of [
      'metal CreateSshKey',
      'metal CreateDevice',
      'metal UpdateDevice',
      'metal DeleteDevice',
    ])
      expect(actions, callTable(simulated.tap)).toContain(action);
    expect(simulated.metal.census()).toEqual([]);
    expect(runsIn(run.place.stateDir)).toEqual([]);
  });
});
