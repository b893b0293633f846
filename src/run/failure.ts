import { DeadlineError, InterruptedError, type KolaError } from '../core/errors.ts';
import type { Failure } from '../core/failure.ts';
import { isInfrastructure, type Outcome } from '../core/outcome.ts';
import { failureSignature } from '../core/signature.ts';

/** A raised error in the form that is written down. */
export const toFailure = (error: KolaError): Failure => ({
  kind: error.kind,
  code: error.code,
  message: error.message,
  ...(error.hint === undefined ? {} : { hint: error.hint }),
  signature: failureSignature(error.code, error.message),
  evidence: error.evidence.map(item => ({ ...item })),
});

/**
 * What an error means for the scenario. An infrastructure cause is *blocked*, never *failed*: it says nothing
 * about the image.
 */
export const outcomeOf = (error: KolaError): Outcome => {
  if (error.code === 'skipped') return 'skipped';
  if (error.code === 'blocked' || error.code === 'no-check-ran') return 'blocked';
  if (error instanceof InterruptedError) return 'interrupted';
  if (error instanceof DeadlineError && error.kind === 'product') return 'timedout';
  return isInfrastructure(error.kind) ? 'blocked' : 'failed';
};
