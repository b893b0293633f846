import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BlockedError,
  CapacityError,
  DeadlineError,
  InterruptedError,
  NetworkError,
  ProductError,
  ScenarioError,
  SkippedError,
} from '../../../src/core/errors.ts';
import { type CauseKind, causeKinds, outcomes } from '../../../src/core/outcome.ts';
import { failureSignature } from '../../../src/core/signature.ts';
import { outcomeOf, toFailure } from '../../../src/run/failure.ts';
import { type AttemptOutcome, resultOf, shouldRetry } from '../../../src/run/retry.ts';
import { judge } from '../../../src/run/verdict.ts';

const passed: AttemptOutcome = { outcome: 'passed' };
const because = (kind: CauseKind, outcome: AttemptOutcome['outcome']): AttemptOutcome => ({
  outcome,
  failure: { kind, code: 'x', message: 'x', signature: 'x', evidence: [] },
});
const failed = because('product', 'failed');
const outage = because('capacity', 'blocked');
const policy = { infrastructure: 1, product: 0 };

describe('an error', () => {
  it.each([
    [new ProductError('x', 'x'), 'failed'],
    [new ScenarioError('x', 'x'), 'failed'],
    [new ScenarioError('no-check-ran', 'x'), 'blocked'],
    [new CapacityError('x', 'x'), 'blocked'],
    [new NetworkError('x', 'x'), 'blocked'],
    [new BlockedError('x'), 'blocked'],
    [new SkippedError('x'), 'skipped'],
    [new InterruptedError(), 'interrupted'],
    [new DeadlineError('boot', 'x'), 'timedout'],
    [new DeadlineError('run', 'x'), 'timedout'],
    [new DeadlineError('provision', 'x'), 'blocked'],
  ])('%s means %s', (error, outcome) => expect(outcomeOf(error)).toBe(outcome));

  it('is written down with a signature that is equal for equal causes', () => {
    const one = toFailure(new ProductError('x', 'expected 10.0.2.15 at 2026-11-20T10:00:00Z, pid 4711'));
    const other = toFailure(new ProductError('x', 'expected 10.0.2.99 at 2026-11-21T23:59:59Z, pid 3'));
    expect(one.signature).toBe(other.signature);
    expect(failureSignature('x', 'unit a.service failed')).not.toBe(
      failureSignature('x', 'unit b.service failed'),
    );
  });
});

describe('retries', () => {
  it('follow the cause', () => {
    expect(shouldRetry([outage], policy)).toBe(true);
    expect(shouldRetry([outage, outage], policy)).toBe(false);
    expect(shouldRetry([failed], policy)).toBe(false);
    expect(shouldRetry([failed], { infrastructure: 0, product: 1 })).toBe(true);
    expect(shouldRetry([passed], policy)).toBe(false);
    expect(shouldRetry([because('network', 'skipped')], policy)).toBe(false);
  });

  it('come to an end whatever happens', () => {
    const anyOutcome = fc.record({
      outcome: fc.constantFrom(...outcomes),
      failure: fc
        .constantFrom(...causeKinds)
        .map(kind => ({ kind, code: 'x', message: '', signature: '', evidence: [] })),
    });
    fc.assert(
      fc.property(fc.array(anyOutcome, { minLength: 20, maxLength: 20 }), drawn => {
        let number = 1;
        while (shouldRetry(drawn.slice(0, number), { infrastructure: 2, product: 2 })) number += 1;
        expect(number).toBeLessThanOrEqual(1 + 2 + 2);
      }),
    );
  });

  it('make a pass after a failure flaky, with that failure; after an outage it is a pass', () => {
    expect(resultOf([failed, passed])).toEqual({ ...failed, outcome: 'flaky' });
    expect(resultOf([outage, passed])).toEqual(passed);
    expect(resultOf([failed, outage])).toEqual(failed);
    expect(resultOf([])).toEqual({ outcome: 'notrun' });
  });
});

describe('the verdict', () => {
  const code = (results: readonly AttemptOutcome[], interrupted = false) =>
    judge({ results, interrupted }).exitCode;

  it.each([
    [[passed], 0],
    [[], 4],
    [[passed, failed], 1],
    [[outage, failed], 1],
    [[passed, outage], 2],
    [[passed, { outcome: 'skipped' }], 0],
    [[passed, { outcome: 'notrun' }], 2],
    [[because('scenario', 'blocked')], 1],
    [[because('product', 'blocked')], 1],
    [[because('usage', 'blocked')], 3],
    [[passed, failed, because('usage', 'blocked')], 3],
  ] as const)('of %j is %d', (results, expected) => expect(code(results)).toBe(expected));

  it('of an interrupted run is 5, whatever failed before', () =>
    expect(code([failed, passed], true)).toBe(5));

  it('never gets better by a failure', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(passed, failed, outage)), results => {
        if (code(results) !== 0) expect(code([...results, passed])).not.toBe(results.length === 0 ? 4 : 0);
        expect(code([...results, failed])).toBe(1);
      }),
    );
  });
});
