import type { Failure } from '../core/failure.ts';
import { interferenceCode, isInfrastructure, type Outcome } from '../core/outcome.ts';
import { failureSignature } from '../core/signature.ts';
import type { RetryPolicy } from './request.ts';

/** What an attempt came to, as far as the decision to try again is concerned. */
export interface AttemptOutcome {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly failure?: Failure;
  /** The known issue that explains it. */
  readonly known?: string;
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

/**
 * The result of a scenario that did not simply pass on a shared machine and was then tried on one of its own. The
 * second try decides; where only the shared one failed, the others on the machine (or what they left) are why.
 */
export const confirmedResult = (
  shared: AttemptOutcome,
  beside: readonly string[],
  own: AttemptOutcome,
): AttemptOutcome => {
  if (own.outcome !== 'passed' || blame(shared) !== 'product') return own;
  const where = beside.length === 0 ? 'a shared machine' : `a machine shared with ${beside.join(', ')}`;
  const { failure } = shared;
  const message = `failed on ${where} and passed on one of its own: ${failure?.message ?? shared.reason ?? ''}`;
  return {
    outcome: 'flaky',
    reason: message,
    failure: {
      kind: 'scenario',
      code: interferenceCode,
      message,
      hint: 'it changes more than it declares, or looks at more than it declares: mend its share',
      signature: failureSignature(interferenceCode, failure?.message ?? ''),
      evidence: failure?.evidence ?? [],
    },
  };
};

/** Whether a result of a shared machine needs another opinion: all but a pass and what the scenario chose itself. */
export const needsOpinion = (shared: AttemptOutcome): boolean => blame(shared) !== 'none';
