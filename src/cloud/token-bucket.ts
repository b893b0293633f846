import type { Clock } from '../core/clock.ts';

/** Lets so many calls through per second, and a burst before that. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The calls of one account to one API: all flights of a process draw from the same bucket, as the vendor counts them. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;
  #queue: Promise<void> = Promise.resolve();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#at = clock.monotonic();
  }

  /** Resolves when a call may be made, in order of asking. */
  take(signal: AbortSignal): Promise<void> {
    const turn = this.#queue.then(() => this.#take(signal));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #take(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      this.#refill();
      if (this.#tokens >= 1) {
        this.#tokens -= 1;
        return;
      }
      await this.#clock.sleep(((1 - this.#tokens) / this.#rate.perSecond) * 1000, signal);
    }
  }

  /** The vendor throttled: nobody calls for so many milliseconds. */
  penalise(ms: number): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens, 0) - (ms / 1000) * this.#rate.perSecond + 1;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(
      this.#rate.burst,
      this.#tokens + ((now - this.#at) / 1000) * this.#rate.perSecond,
    );
    this.#at = now;
  }
}

const shared = new WeakMap<Clock, Map<string, TokenBucket>>();

/** The bucket of an account and API, made with the first who asks. */
export const sharedBucket = (key: string, rate: Rate, clock: Clock): TokenBucket => {
  const buckets = shared.get(clock) ?? new Map<string, TokenBucket>();
  shared.set(clock, buckets);
  const bucket = buckets.get(key) ?? new TokenBucket(rate, clock);
  buckets.set(key, bucket);
  return bucket;
};
