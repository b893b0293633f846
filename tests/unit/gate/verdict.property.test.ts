import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResultRecord, TargetRecord } from '../../../src/core/history.ts';
import { canonicalJson } from '../../../src/gate/canonical.ts';
import type { GateInput } from '../../../src/gate/input.ts';
import { parsePolicy } from '../../../src/gate/policy/load.ts';
import { decide } from '../../../src/gate/verdict.ts';
import { digestOf } from '../../support/event-log.ts';
import { failure, goInput, hour, now, policyText, result, target, waiver } from '../../support/gate-input.ts';

/**
 * Worlds are drawn so that all three verdicts are common: mostly passes on a counted image, with failures, flakes,
 * infrastructure, holes, waivers, old results and targets that must not count mixed in.
 */
const scenarioName = fc.constantFrom('a', 'b', 'c');
const outcome: fc.Arbitrary<Partial<ResultRecord>> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constant(failure('x')) },
  { weight: 1, arbitrary: fc.constant(failure('x', 'check: other')) },
  { weight: 1, arbitrary: fc.constant(failure('x', 'check: no room', { cause: 'capacity' })) },
  { weight: 1, arbitrary: fc.constant({ outcome: 'skipped' as const }) },
  { weight: 1, arbitrary: fc.constant({ outcome: 'blocked' as const, cause: 'network' as const }) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 2, max: 5 }).map(attempts => ({
      outcome: 'flaky' as const,
      cause: 'product' as const,
      signature: 'check: it broke',
      attempts,
    })),
  },
);
const drawnResult = fc
  .tuple(scenarioName, outcome, fc.constantFrom(2, 2, 2, 60))
  .map(([scenario, over, age]) => result(scenario, { ...over, scenario, decidedAt: now - age * hour }));
const place: fc.Arbitrary<Partial<TargetRecord>> = fc.oneof(
  { weight: 10, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constant({ platform: 'aws' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reference' as const }) },
  { weight: 1, arbitrary: fc.constant({ digest: digestOf('z') }) },
  { weight: 1, arbitrary: fc.constant({ synthetic: true }) },
);
const drawnTarget = fc
  .tuple(
    fc.uniqueArray(drawnResult, { selector: one => one.scenario, minLength: 1 }),
    place,
    fc.constantFrom('', '', '', 'c'),
  )
  .map(([results, over, unfinished]) => {
    const planned = [...new Set([...results.map(one => one.scenario), unfinished].filter(one => one !== ''))];
    return { results, over, planned };
  });
const policies = [0, 1, 2, 3].map(budget =>
  parsePolicy('p', policyText.replace('budget: 1', `budget: ${budget}`)),
);
const world: fc.Arbitrary<GateInput> = fc
  .record({
    targets: fc.array(drawnTarget, { maxLength: 4 }),
    base: fc.boolean(),
    waived: fc.boolean(),
    budget: fc.integer({ min: 0, max: 3 }),
  })
  .map(drawn =>
    goInput({
      policy: policies[drawn.budget]!,
      targets: [
        ...(drawn.base ? goInput().targets : []),
        ...drawn.targets.map(({ results, over, planned }, index) =>
          target(`drawn${index}`, results, { ...over, planned }),
        ),
      ],
      waivers: drawn.waived ? [waiver(), waiver({ id: 'w2', scenario: 'b' })] : [],
    }),
  );

const runs = { numRuns: 300, seed: 20261120 };
const decisionOf = (input: GateInput) => decide(input).overall;

it('draws worlds of all three kinds', () => {
  const seen = new Map<string, number>();
  for (const input of fc.sample(world, { numRuns: 300, seed: 1 })) {
    const decision = decisionOf(input);
    seen.set(decision, (seen.get(decision) ?? 0) + 1);
  }
  for (const decision of ['GO', 'NO-GO', 'UNDECIDED']) expect(seen.get(decision) ?? 0).toBeGreaterThan(20);
});

describe('a verdict', () => {
  it('never turns from GO to NO-GO by adding a pass', () => {
    fc.assert(
      fc.property(world, scenarioName, place, (input, scenario, over) => {
        const more = [...input.targets, target('added', [result(scenario)], over)];
        fc.pre(decisionOf(input) === 'GO');
        expect(decisionOf({ ...input, targets: more })).not.toBe('NO-GO');
      }),
      runs,
    );
  });

  it('never turns to NO-GO from anything but NO-GO by adding a pass to a run', () => {
    fc.assert(
      fc.property(world, fc.nat(), scenarioName, (input, index, scenario) => {
        fc.pre(input.targets.length > 0 && decisionOf(input) !== 'NO-GO');
        const targets = input.targets.map((one, at) =>
          at === index % input.targets.length && !one.results.some(there => there.scenario === scenario)
            ? { ...one, results: [...one.results, result(scenario)] }
            : one,
        );
        expect(decisionOf({ ...input, targets })).not.toBe('NO-GO');
      }),
      runs,
    );
  });

  it('never turns to GO by removing a result, whichever it is', () => {
    fc.assert(
      fc.property(world, fc.nat(), fc.nat(), (input, targetIndex, resultIndex) => {
        fc.pre(input.targets.length > 0 && decisionOf(input) !== 'GO');
        const targets = input.targets.map((one, at) =>
          at === targetIndex % input.targets.length
            ? { ...one, results: one.results.toSpliced(resultIndex % one.results.length, 1) }
            : one,
        );
        expect(decisionOf({ ...input, targets })).not.toBe('GO');
      }),
      runs,
    );
  });

  it('never turns to GO by removing a result of a nightly', () => {
    fc.assert(
      fc.property(
        fc.array(drawnTarget, { maxLength: 3 }),
        fc.nat(),
        fc.nat(),
        (drawn, targetIndex, resultIndex) => {
          const nightlies = [
            ...goInput().nightlies,
            ...drawn.map(({ results, planned }, index) =>
              target(`n${index}`, results, { planned, version: '4459.2.1+nightly-20261116-2100' }),
            ),
          ];
          fc.pre(decisionOf(goInput({ nightlies })) !== 'GO');
          const fewer = nightlies.map((one, at) =>
            at === targetIndex % nightlies.length
              ? { ...one, results: one.results.toSpliced(resultIndex % one.results.length, 1) }
              : one,
          );
          expect(decisionOf(goInput({ nightlies: fewer }))).not.toBe('GO');
        },
      ),
      runs,
    );
  });

  it('does not depend on the order in which runs were imported', () => {
    fc.assert(
      fc.property(
        world.chain(input =>
          fc.record({
            input: fc.constant(input),
            targets: fc.shuffledSubarray([...input.targets], { minLength: input.targets.length }),
            nightlies: fc.shuffledSubarray([...input.nightlies], { minLength: input.nightlies.length }),
          }),
        ),
        ({ input, targets, nightlies }) => {
          const reversed = targets.map(one => ({ ...one, results: one.results.toReversed() }));
          expect(canonicalJson(decide({ ...input, targets: reversed, nightlies }))).toBe(
            canonicalJson(decide(input)),
          );
        },
      ),
      runs,
    );
  });

  it('does not change at all by results that must not count', () => {
    const foreign = fc.constantFrom<Partial<TargetRecord>>(
      { kind: 'reference' },
      { kind: 'custom' },
      { digest: digestOf('z') },
      { digest: 'unknown' },
      { synthetic: true },
      { policy: 'example' },
      { version: '4459.2.2' },
    );
    fc.assert(
      fc.property(world, drawnTarget, foreign, (input, drawn, over) => {
        const more = target('foreign', drawn.results, { planned: drawn.planned, ...over });
        const { ignored: _a, ...with_ } = decide({ ...input, targets: [...input.targets, more] });
        const { ignored: _b, ...without } = decide(input);
        expect(canonicalJson(with_)).toBe(canonicalJson(without));
      }),
      runs,
    );
  });

  it('never reads infrastructure as a failure', () => {
    fc.assert(
      fc.property(
        world,
        fc.constantFrom('capacity', 'network', 'provisioning', 'harness', 'usage'),
        (input, cause) => {
          fc.pre(decisionOf(input) !== 'NO-GO');
          const bad = target('bad', [failure('a', 's', { cause }), failure('b', 's', { cause })]);
          expect(decisionOf({ ...input, targets: [...input.targets, bad] })).not.toBe('NO-GO');
        },
      ),
      runs,
    );
  });
});
