/** Counting semaphore, first come first served. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Waits for a slot and returns the function that gives it back; rejects with the reason of an aborted signal. */
  async take(...signals: readonly AbortSignal[]): Promise<() => void> {
    for (const signal of signals) signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#queue(signals);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#giveBack();
    };
  }

  #queue(signals: readonly AbortSignal[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const forget = (): void => {
      for (const signal of signals) signal.removeEventListener('abort', leave);
    };
    const enter = (): void => {
      forget();
      resolve();
    };
    const leave = (event: Event): void => {
      forget();
      this.#waiting.splice(this.#waiting.indexOf(enter), 1);
      reject((event.target as AbortSignal).reason);
    };
    for (const signal of signals) signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(enter);
    return promise;
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
