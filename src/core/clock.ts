/** Time as the engine sees it. Injected, so that a day of scheduling can be simulated in milliseconds. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For timestamps only. */
  now(): number;
  /** Monotonic milliseconds from an arbitrary start; for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    return promise;
  },
};

export const seconds = (n: number): number => n * 1000;
export const minutes = (n: number): number => n * 60_000;
