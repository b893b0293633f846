import type { Clock } from '../../src/core/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Virtual time that jumps to the next sleeper whenever everything else has come to rest, so that hours of
 * scheduling pass in milliseconds and always in the same order.
 */
export class SimulatedClock implements Clock {
  #now = 0;
  #sleepers: Sleeper[] = [];
  #pumping = false;

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) {
      reject(signal.reason);
      return promise;
    }
    const stop = (): void => {
      this.#sleepers = this.#sleepers.filter(other => other !== sleeper);
      reject(signal?.reason);
    };
    const sleeper: Sleeper = {
      at: this.#now + ms,
      wake: () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.#sleepers.push(sleeper);
    this.#pump();
    return promise;
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    // Two turns of the event loop: everything that was woken has then said what it waits for next.
    setImmediate(() =>
      setImmediate(() => {
        this.#pumping = false;
        const next = this.#sleepers.reduce<Sleeper | undefined>(
          (first, other) => (first === undefined || other.at < first.at ? other : first),
          undefined,
        );
        if (next === undefined) return;
        this.#sleepers = this.#sleepers.filter(other => other !== next);
        this.#now = Math.max(this.#now, next.at);
        next.wake();
        if (this.#sleepers.length > 0) this.#pump();
      }),
    );
  }
}
