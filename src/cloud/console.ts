import { writeFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { ConsoleSource } from '../core/platform.ts';

/** Milliseconds between two looks at a console behind an API. */
const lookEvery = 10_000;

/** Characters that two pieces of a sliding window have to share to be joined. */
const leastOverlap = 32;

/**
 * What is new in `window`, when `known` was seen before. Clouds keep the last 64 KiB or so: once text was lost
 * between two looks, a line says so.
 */
export const newText = (known: string, window: string): string => {
  if (window.startsWith(known)) return window.slice(known.length);
  if (known.endsWith(window)) return '';
  const tail = known.slice(-Math.min(known.length, window.length));
  for (let overlap = tail.length; overlap >= Math.min(leastOverlap, tail.length); overlap--)
    if (window.startsWith(tail.slice(-overlap))) return window.slice(overlap);
  return `\n[kola: console text is missing here]\n${window}`;
};

export interface PolledConsoleOptions {
  /** Returns what the cloud has now. */
  readonly read: (signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
  /** Gets everything that was read. */
  readonly file: string;
  /** Aborted when the machine is gone. */
  readonly ended: AbortSignal;
}

/** A console that is asked for over and over from the beginning on, and kept in full. */
export class PolledConsole implements ConsoleSource {
  readonly #options: PolledConsoleOptions;
  #text = '';
  #bell = Promise.withResolvers<void>();
  #looking: Promise<void> | undefined;

  constructor(options: PolledConsoleOptions) {
    this.#options = options;
    writeFileSync(options.file, '');
    options.ended.addEventListener('abort', () => this.#bell.resolve(), { once: true });
    void this.#keepLooking();
  }

  text(): string {
    return this.#text;
  }

  async #keepLooking(): Promise<void> {
    const { clock, ended } = this.#options;
    while (!ended.aborted) {
      await this.look(ended);
      await clock.sleep(lookEvery, ended).catch(() => {});
    }
  }

  /** Takes what is new. A console that cannot be read now is read at the next look. */
  look(signal: AbortSignal): Promise<void> {
    this.#looking ??= this.#look(signal).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const window = await this.#options.read(signal).catch(() => undefined);
    if (window === undefined) return;
    const more = newText(this.#text, window.replaceAll('\r\n', '\n'));
    if (more === '') return;
    this.#text += more;
    writeFileSync(this.#options.file, more, { flag: 'a' });
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
  }

  async *follow(signal: AbortSignal): AsyncIterable<string> {
    const { ended } = this.#options;
    const stopped = Promise.withResolvers<void>();
    const stop = (): void => stopped.resolve();
    signal.addEventListener('abort', stop, { once: true });
    let given = 0;
    try {
      for (;;) {
        const last = signal.aborted || ended.aborted;
        const bell = this.#bell.promise;
        if (this.#text.length > given) {
          const piece = this.#text.slice(given);
          given = this.#text.length;
          yield piece;
        } else if (last) return;
        else await Promise.race([bell, stopped.promise]);
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}
