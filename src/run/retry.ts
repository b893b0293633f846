import type { Failure } from '../core/failure.ts';
import { isInfrastructure, type Outcome } from '../core/outcome.ts';
import type { RetryPolicy } from './request.ts';

/** What an attempt came to, as far as the decision to try again is concerned. */
export interface AttemptOutcome {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly failure?: Failure;
}

type Blame = 'none' | 'infrastructure' | 'product';

/** Whose fault an attempt was, as retries count it. Chosen outcomes (skipped, blocked on purpose) are nobody's. */
const blame = ({ outcome, failure }: AttemptOutcome): Blame => {
  if (outcome === 'failed' || outcome === 'timedout') return 'product';
  if (
    outcome === 'blocked' &&
    failure !== undefined &&
    failure.code !== 'blocked' &&
    isInfrastructure(failure.kind)
  )
    return 'infrastructure';
  return 'none';
};

/** Whether there is another attempt after these. */
export const shouldRetry = (attempts: readonly AttemptOutcome[], policy: RetryPolicy): boolean => {
  const last = attempts.at(-1);
  const blamed = last === undefined ? 'none' : blame(last);
  if (blamed === 'none') return false;
  const alike = attempts.filter(attempt => blame(attempt) === blamed).length;
  return alike <= policy[blamed];
};

/**
 * The result of all attempts together. A pass after a product failure is *flaky* and shows that failure; a pass
 * after an infrastructure failure is a pass.
 */
export const resultOf = (attempts: readonly AttemptOutcome[]): AttemptOutcome => {
  const last = attempts.at(-1);
  if (last === undefined) return { outcome: 'notrun' };
  const failed = attempts.findLast(attempt => blame(attempt) === 'product');
  if (last.outcome === 'passed' && failed !== undefined) return { ...failed, outcome: 'flaky' };
  // A product failure is not forgotten because the attempt after it could not be provisioned.
  if (blame(last) === 'infrastructure' && failed !== undefined) return failed;
  return last;
};
