import type { Subject } from '../core/target.ts';
import type { AttemptOutcome } from './retry.ts';
import type { TargetServices } from './services.ts';

/** Writes a result down. */
export const emitResult = (
  { log }: Pick<TargetServices, 'log'>,
  subject: Subject,
  result: AttemptOutcome,
  attempts: readonly string[],
  took: number,
): void => log.emit({ type: 'result.decided', subject, ...result, attempts: [...attempts], took });
