import { existsSync, readFileSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { ConsoleSource } from '../../src/core/platform.ts';

/** Milliseconds after which the file is looked at even when nobody said that it changed. */
const lookEvery = 150;
/** A serial port writes letter by letter, and the kernel tells of each: what comes within so many milliseconds is read at once. */
const gatherFor = 20;
const chunkBytes = 64 * 1024;

/** The console of a machine: a file that QEMU appends to. */
export class ConsoleFile implements ConsoleSource {
  readonly #path: string;
  readonly #ended: AbortSignal;

  /** `ended` is aborted once nothing more will be written. */
  constructor(path: string, ended: AbortSignal) {
    this.#path = path;
    this.#ended = ended;
  }

  text(): string {
    return existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '';
  }

  async *follow(signal: AbortSignal): AsyncIterable<string> {
    await using file = await open(this.#path, 'r');
    const bell = new Bell(this.#path);
    const ring = (): void => bell.ring();
    signal.addEventListener('abort', ring);
    this.#ended.addEventListener('abort', ring);
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.alloc(chunkBytes);
    let at = 0;
    try {
      for (;;) {
        // Asked before reading: what was written before the end is then still read.
        const last = signal.aborted || this.#ended.aborted;
        for (;;) {
          const { bytesRead } = await file.read(buffer, 0, chunkBytes, at);
          if (bytesRead === 0) break;
          at += bytesRead;
          yield decoder.write(buffer.subarray(0, bytesRead));
        }
        if (last) break;
        await bell.wait();
      }
      const rest = decoder.end();
      if (rest !== '') yield rest;
    } finally {
      bell.close();
      signal.removeEventListener('abort', ring);
      this.#ended.removeEventListener('abort', ring);
    }
  }
}

/** Rings when a file may have changed: when the kernel says so, and now and then in case it does not. */
class Bell {
  #rung = false;
  #waiting: (() => void) | undefined;
  readonly #stop: () => void;
  readonly #timer: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#stop = watchFile(path, () => {
      this.#gathering ??= setTimeout(() => this.ring(), gatherFor).unref();
    });
    this.#timer = setInterval(() => this.ring(), lookEvery);
    this.#timer.unref();
  }

  ring(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#rung = true;
    this.#waiting?.();
  }

  async wait(): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = resolve;
      await promise;
      this.#waiting = undefined;
    }
    this.#rung = false;
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#gathering);
    this.#stop();
  }
}

/** File notifications are limited per user and missing on some file systems; the timer serves without them. */
const watchFile = (path: string, changed: () => void): (() => void) => {
  try {
    const watcher = watch(path, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
};
