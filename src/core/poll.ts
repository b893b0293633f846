import { type Clock, systemClock } from './clock.ts';

export interface PollOptions {
  /** Milliseconds between tries. */
  readonly every: number;
  /** Milliseconds after which {@link PollTimeout} is thrown. */
  readonly until: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** What is awaited, for the message: "multi-user.target active". */
  readonly what: string;
}

/** Thrown by {@link poll} when the limit passed; `last` is what the probe said last. */
export class PollTimeout extends Error {
  override name = 'PollTimeout';
  readonly last: string;
  constructor(what: string, ms: number, last: string) {
    super(`waited ${Math.round(ms / 1000)} s for ${what}${last === '' ? '' : `; last seen: ${last}`}`);
    this.last = last;
  }
}

/** Either the value that ends the wait, or a word on what was seen instead. */
export type Probe<T> = { readonly done: T } | { readonly pending: string };

/** Asks until the answer is there. There are no bare sleeps in this code base: this is the only loop that waits. */
export const poll = async <T>(options: PollOptions, probe: () => Promise<Probe<T>>): Promise<T> => {
  const clock = options.clock ?? systemClock;
  const start = clock.monotonic();
  let last = '';
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await probe();
    if ('done' in answer) return answer.done;
    last = answer.pending;
    const left = options.until - (clock.monotonic() - start);
    if (left <= 0) throw new PollTimeout(options.what, options.until, last);
    await clock.sleep(Math.min(options.every, left), options.signal);
  }
};
