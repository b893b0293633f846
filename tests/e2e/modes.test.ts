import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../support/modes.ts';
import { type ModeRun, runInModes } from './in-modes.ts';
import { emulatorsOf, makePlace, runsIn } from './runs.ts';

/**
 * A sample of what `npm run compare:modes` does with the whole suite: an honest scenario that puts back what it changes,
 * and one of the tests' own that leaves a file behind although it says that it does not.
 */
const liars = fileURLToPath(new URL('shared-scenarios', import.meta.url));
const place = makePlace();
let runs: readonly ModeRun[];

beforeAll(async () => {
  runs = await runInModes({
    folder: dirname(place.runDir),
    env: place.env,
    args: [`--scenario-dir=${liars}`, 'coreos.auth.verify', 'harness.leaves-a-file'],
  });
});
afterAll(() => place[Symbol.dispose]());

const of = (mode: string): ModeRun => {
  const found = runs.find(run => run.mode === mode);
  if (found === undefined) throw new Error(`no ${mode} run`);
  return found;
};
const machinesOf = ({ events }: ModeRun): number => {
  const end = events.at(-1);
  return end?.type === 'run.ended' ? (end.usage?.machines ?? 0) : 0;
};

describe('cold, cloned and shared machines', () => {
  it('bring both scenarios to the same outcomes', () => {
    expect(differences(new Map(runs.map(({ mode, outcomes }) => [mode, outcomes])))).toEqual([]);
    for (const { outcomes, said } of runs) {
      expect(outcomes.size, said).toBe(2);
      for (const [name, { outcome }] of outcomes) expect(outcome, `${name}\n${said}`).toBe('passed');
    }
  });

  it('are a boot for each, and one that somebody shares', () => {
    expect(machinesOf(of('cold'))).toBe(2);
    const shares = (mode: string): boolean =>
      of(mode).events.some(event => event.type === 'machine.phase' && event.phase === 'shared');
    expect([shares('cold'), shares('cloned'), shares('shared')]).toEqual([false, false, true]);
  });

  it('show who left a trace, and what it is', () => {
    const retired = of('shared').events.flatMap(event => (event.type === 'shared.retired' ? [event] : []));
    expect(retired.map(({ scenarios }) => scenarios)).toEqual([['harness.leaves-a-file']]);
    expect(retired[0]?.changes).toEqual(
      expect.arrayContaining(['+ files: /etc/kola-was-here', '+ contents: /etc/kola-was-here']),
    );
  });

  it('leave no emulator and no state', () => {
    expect(emulatorsOf(dirname(place.runDir))).toEqual([]);
    expect(runsIn(place.stateDir)).toEqual([]);
  });
});
