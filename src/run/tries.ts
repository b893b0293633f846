import type { Sabotage } from '../core/sabotage.ts';
import type { Scenario } from '../core/scenario.ts';
import type { Subject } from '../core/target.ts';
import { type PlayedAttempt, runAttempt } from './attempt.ts';
import type { AttemptRequest } from './attempt-request.ts';
import type { Durations } from './durations.ts';
import type { Executor } from './executor.ts';
import type { RetryPolicy } from './request.ts';
import { shouldRetry } from './retry.ts';
import type { TargetServices } from './services.ts';

export interface TriesOptions {
  readonly services: TargetServices;
  readonly retries: RetryPolicy;
  /** The run is being stopped: running attempts are cut short. */
  readonly signal: AbortSignal;
  /** No further attempt starts. */
  readonly starting: AbortSignal;
  readonly durations: Durations;
  /** Who plays the attempts; absent = this process. */
  readonly executor?: Executor;
}

/** What makes attempts fail, and how long their waits are worth while. */
export interface Harm {
  readonly sabotage: Sabotage;
  /** Milliseconds. */
  readonly patience: number;
}

/** What is tried. */
export interface Tried {
  readonly scenario: Scenario;
  readonly subject: Subject;
  /** An attempt that came before these, elsewhere. */
  readonly after?: string;
}

/** Attempts of one scenario, as many as the retry policy wants; none when no other host took the first in time. How long a sabotaged one takes is not noted. */
export const playScenario = async (
  { scenario, subject, after }: Tried,
  { services, retries, signal, starting, durations, executor }: TriesOptions,
  harm?: Harm,
): Promise<readonly PlayedAttempt[]> => {
  const played: PlayedAttempt[] = [];
  do {
    const retryOf = played.at(-1)?.id ?? after;
    const request: AttemptRequest = {
      services,
      scenario,
      subject,
      id: services.ids.next(),
      number: played.length + (after === undefined ? 1 : 2),
      signal,
      ...(retryOf === undefined ? {} : { retryOf }),
      ...harm,
    };
    const attempts =
      executor === undefined ? [await runAttempt(request)] : await executor.attempt(request, starting);
    played.push(...attempts);
    const attempt = attempts.at(-1);
    if (attempt === undefined) break;
    const failed = attempt.outcome.outcome !== 'passed';
    const { provision, boot, run, teardown } = attempt.phases;
    // Not the time around it: that holds the wait for a slot, too.
    const took = provision + boot + run + teardown;
    if (!signal.aborted && harm === undefined) durations.note(scenario.name, { took, run, failed });
  } while (
    !starting.aborted &&
    shouldRetry(
      played.map(({ outcome }) => outcome),
      retries,
    )
  );
  return played;
};
