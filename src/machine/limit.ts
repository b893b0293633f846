/** A signal with a deadline of its own; {@link Limit.clear} must be called when the work is done. */
export interface Limit {
  readonly signal: AbortSignal;
  clear(): void;
}

/**
 * Follows `parent` and aborts by itself after `ms` with the reason that `late` makes.
 * Unlike AbortSignal.timeout the deadline carries a typed reason and can be taken back. Infinity = no deadline.
 */
export const limited = (ms: number, late: () => Error, parent?: AbortSignal): Limit => {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent?.reason);
  const timer = Number.isFinite(ms) ? setTimeout(() => controller.abort(late()), ms) : undefined;
  timer?.unref();
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
    },
  };
};

/** Waits for a promise, but no longer than the signal allows. */
export const orAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise: result, resolve, reject } = Promise.withResolvers<T>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return result;
};
