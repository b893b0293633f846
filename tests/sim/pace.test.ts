import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/core/clock.ts';
import { type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { roomFor } from '../../src/plan/room.ts';
import { type SimulatedResult, simulate } from '../support/simulated-run.ts';

const lasting = (name: string, ms: number, more: Partial<ScenarioSpec> = {}) =>
  scenario({
    name,
    description: name,
    timeout: minutes(60),
    run: async t => {
      let asked = 0;
      await t.eventually('its time to pass', async () => (asked++ === 0 ? undefined : true), {
        every: ms,
        until: 2 * ms,
      });
      t.ok('works', true, 'never');
    },
    ...more,
  });

const many = (count: number, ms: number) =>
  Array.from({ length: count }, (_, index) => lasting(`s${index}`, ms));
const usageOf = ({ events }: SimulatedResult) => {
  const end = events.at(-1);
  if (end?.type !== 'run.ended' || end.usage === undefined) throw new Error('the run tells no usage');
  return end.usage;
};

/** What kola takes on this computer when it may choose, for machines that are not emulated here. */
const autoSlots = 2 * availableParallelism();
const slowEnds = { boot: seconds(30), destroy: seconds(20) };

describe('slots', () => {
  it('are used for tests alone where kola chooses: the next machine boots, and the last one goes, beside them', async () => {
    const scenarios = many(6 * autoSlots, seconds(60));
    const exact = await simulate({ scenarios, behaviour: slowEnds, request: { parallel: autoSlots } });
    const chosen = await simulate({ scenarios, behaviour: slowEnds, request: { parallel: 'auto' } });
    expect(exact.platform.most).toBe(autoSlots);
    expect(chosen.platform.most).toBe(autoSlots + Math.floor(autoSlots / 4));
    expect(chosen.took).toBeLessThan(0.9 * exact.took);
    expect(chosen.platform.up.size).toBe(0);
  });

  it('never wait for a machine that is being destroyed for longer than its teardown may take', async () => {
    const scenarios = many(4, seconds(10));
    const stuck = await simulate({
      scenarios,
      behaviour: { destroy: minutes(30) },
      request: { parallel: 1 },
    });
    expect(Object.values(stuck.outcomes)).toEqual(['passed', 'passed', 'passed', 'passed']);
    expect(stuck.took).toBeLessThan(minutes(10));
  });

  it('and machines are kept to what the platform has, and to the number that was asked for', () => {
    const memory = { memoryMiB: 8192, vcpus: 8 };
    const most = (wanted: number, asked: boolean, machines: number) => {
      const { slots, capacity } = roomFor(wanted, asked, { machines, ...memory });
      return [slots, capacity.machines];
    };
    expect(most(8, false, Number.POSITIVE_INFINITY)).toEqual([8, 10]);
    expect(most(8, true, Number.POSITIVE_INFINITY)).toEqual([8, 8]);
    expect(most(8, false, 9)).toEqual([8, 9]);
    expect(most(8, false, 3)).toEqual([3, 3]);
    expect(most(2, false, 5)).toEqual([2, 3]);
    expect(most(2, false, 0)).toEqual([1, 1]);
  });
});

describe('the usage of a run', () => {
  it('says how far it was from what was possible', async () => {
    const usage = usageOf(
      await simulate({
        scenarios: many(8, seconds(60)),
        behaviour: { boot: seconds(20) },
        request: { parallel: 4 },
      }),
    );
    expect(usage.machines).toBe(8);
    // Two rounds of 1 s create, 20 s boot, 60 s test each.
    expect(usage.makespan).toBe(seconds(162));
    expect(usage.lowerBound).toBe(seconds(162));
    expect(usage.machineTime).toBe(8 * seconds(81));
    expect(usage.utilisation).toBe(1);
  });

  it('shows a long scenario that came last', async () => {
    const usage = usageOf(
      await simulate({
        scenarios: [...many(4, seconds(10)), lasting('long', minutes(5))],
        behaviour: { boot: seconds(10) },
        request: { parallel: 2, seed: 3 },
      }),
    );
    expect(usage.lowerBound).toBeGreaterThanOrEqual(minutes(5));
    expect(usage.makespan).toBeGreaterThanOrEqual(usage.lowerBound);
    expect(usage.utilisation).toBeLessThan(0.75);
  });

  it('is never better than possible', async () => {
    const one = fc.record({
      ms: fc.integer({ min: 1, max: 600_000 }),
      machines: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 12 }),
        fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 5 })),
        async (cases, parallel) => {
          const scenarios = cases.map(({ ms, machines }, index) =>
            lasting(`s${index}`, ms, {
              machines: Array.from({ length: machines }, (_, role) => ({ role: `m${role}` })),
            }),
          );
          const result = await simulate({ scenarios, behaviour: slowEnds, request: { parallel } });
          const usage = usageOf(result);
          expect(usage.makespan).toBeGreaterThanOrEqual(usage.lowerBound);
          expect(usage.utilisation).toBeGreaterThan(0);
          expect(usage.machines).toBe(result.platform.made);
          expect(result.platform.up.size).toBe(0);
        },
      ),
      { numRuns: 15 },
    );
  });
});
