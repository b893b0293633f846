import type { Clock } from '../core/clock.ts';
import { DeadlineError, type Phase } from '../core/errors.ts';

export interface DeadlineOptions {
  readonly during: Phase;
  /** Milliseconds, already scaled. */
  readonly ms: number;
  readonly clock: Clock;
  /** The clock above this one: its abort aborts this one too. */
  readonly signal: AbortSignal;
  /** What was to be done, for the message: "cl.basic to finish". */
  readonly what: string;
}

/**
 * Gives `work` a signal that aborts with a {@link DeadlineError} when its time is over. Settles at the deadline
 * even when `work` ignores the signal; what `work` still holds is the ledger's business then.
 */
export const withDeadline = async <T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const { during, ms, clock, signal, what } = options;
  const own = new AbortController();
  const timer = new AbortController();
  const relay = (): void => own.abort(signal.reason);
  if (signal.aborted) relay();
  signal.addEventListener('abort', relay, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
  });
  aborted.catch(() => {});
  clock.sleep(ms, timer.signal).then(
    () => own.abort(new DeadlineError(during, `waited ${Math.round(ms / 1000)} s for ${what}`)),
    () => {},
  );
  try {
    own.signal.throwIfAborted();
    return await Promise.race([work(own.signal), aborted]);
  } finally {
    timer.abort(new Error('done'));
    signal.removeEventListener('abort', relay);
  }
};
