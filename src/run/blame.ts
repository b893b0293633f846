import { asKolaError, KolaError, ProductError, ScenarioError } from '../core/errors.ts';
import { PollTimeout } from '../core/poll.ts';

/**
 * Turns whatever the body of a scenario threw into an error with a cause. A wait that ran out speaks against
 * the product; any other exception that is not ours is a mistake in the scenario.
 */
export const blameBody = (thrown: unknown): KolaError => {
  if (thrown instanceof KolaError) return thrown;
  if (thrown instanceof PollTimeout)
    return new ProductError('waited-in-vain', thrown.message, { cause: thrown });
  if (!(thrown instanceof Error)) return asKolaError(thrown);
  const place = thrown.stack
    ?.split('\n')
    .find(line => line.includes('/scenarios/'))
    ?.trim();
  return new ScenarioError('exception', `${thrown.name}: ${thrown.message}`, {
    ...(place === undefined ? {} : { hint: `thrown ${place}` }),
    cause: thrown,
  });
};

/** The same error with the check it broke in front, when it is one that a check can break by. */
export const blameCheck = (check: string, thrown: unknown): KolaError => {
  const error = blameBody(thrown);
  if (error.kind !== 'product' || error.code.startsWith('deadline-')) return error;
  return new ProductError('check-failed', `${check}: ${error.message}`, {
    evidence: error.evidence,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
};
