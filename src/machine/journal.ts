import { createWriteStream, type WriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { systemClock } from '../core/clock.ts';
import { NetworkError } from '../core/errors.ts';
import type { CommandResult } from '../core/machine.ts';
import { PollTimeout, poll } from '../core/poll.ts';
import { JournalParser, journalFields, renderEntry } from './journal-export.ts';
import type { ExecOptions } from './ssh/command.ts';
import { lastLines, shellQuote } from './ssh/quote.ts';

/** Starts a command that runs until it is stopped; the part of a connection that the journal needs. */
export type StreamCommand = (command: string, options: ExecOptions) => Promise<CommandResult>;

export interface JournalOptions {
  /** `journal.txt` of the machine; appended to. */
  readonly file: string;
  /** Rendered text as it is written to the file. */
  readonly onText: (text: string) => void;
  readonly log: (line: string) => void;
}

const maxStarts = 5;
const restartPause = 1000;

interface Position {
  readonly cursor: string;
  readonly boot: string;
}

/**
 * The whole boot at first. Later everything after the cursor; when the machine has rebooted meanwhile, the rest of
 * the old boot where it was kept, then the new one from its beginning. A cursor of another boot alone would be
 * resolved by wall-clock time, which a booting machine may set back.
 */
export const journalCommand = (position: Position | undefined): string => {
  const journalctl = `sudo journalctl --quiet --output=export --output-fields=${journalFields.join(',')}`;
  const follow = '--no-tail --follow';
  if (position === undefined) return `exec ${journalctl} --boot ${follow}`;
  const after = shellQuote(`--after-cursor=${position.cursor}`);
  const same = `[ "$(cat /proc/sys/kernel/random/boot_id | tr -d -)" = ${shellQuote(position.boot)} ]`;
  const rest = `${journalctl} --boot=${shellQuote(position.boot)} ${after} 2>/dev/null`;
  return `if ${same}; then exec ${journalctl} ${after} ${follow}; fi; ${rest}; exec ${journalctl} --boot ${follow}`;
};

/**
 * Streams a machine's journal into a file and to a watcher, without gap or repetition over breaks of the
 * connection and reboots: {@link attach} is called with every new connection.
 */
export class JournalStream {
  readonly #options: JournalOptions;
  readonly #file: WriteStream;
  readonly #end = new AbortController();
  #position: Position | undefined;
  #running: Promise<void> = Promise.resolve();
  #lastData = performance.now();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#file = createWriteStream(options.file, { flags: 'a' });
    this.#file.on('error', error => {
      this.#options.log(`cannot write ${options.file}: ${error.message}`);
      this.#end.abort(error);
    });
  }

  /** Goes on where the last connection left off. */
  attach(stream: StreamCommand): void {
    if (this.#end.signal.aborted) return;
    this.#running = this.#running.then(() => this.#follow(stream));
  }

  /**
   * Ends the stream once nothing has come for `quiet` milliseconds, at the latest after `atMost`, and closes the
   * file: what the machine wrote last is usually what matters.
   */
  async stop(quiet = 250, atMost = 2000): Promise<void> {
    try {
      await poll({ every: 50, until: atMost, what: 'a quiet journal' }, async () =>
        performance.now() - this.#lastData >= quiet || this.#end.signal.aborted
          ? { done: true }
          : { pending: 'entries still come' },
      );
    } catch (error) {
      if (!(error instanceof PollTimeout)) throw error;
    }
    this.#end.abort(new Error('the journal stream was stopped'));
    await this.#running;
    this.#file.end();
    await finished(this.#file).catch(() => undefined);
  }

  async #follow(stream: StreamCommand): Promise<void> {
    // journalctl can be killed by what a scenario does; the connection then still stands.
    for (let starts = 0; starts < maxStarts && !this.#end.signal.aborted; starts++) {
      try {
        const { code, stderr } = await stream(journalCommand(this.#position), {
          timeout: Number.POSITIVE_INFINITY,
          signal: this.#end.signal,
          output: this.#sink(),
        });
        this.#options.log(`journalctl ended with ${code}: ${lastLines(stderr, 1)}`);
        await systemClock.sleep(restartPause, this.#end.signal);
      } catch (error) {
        // A broken connection is expected: the next one is attached. Anything else is worth a line.
        if (!this.#end.signal.aborted && !(error instanceof NetworkError))
          this.#options.log(`lost the journal stream: ${String(error)}`);
        return;
      }
    }
  }

  /** Each connection has a parser of its own: half an entry is sent again after the cursor. */
  #sink(): Writable {
    const parser = new JournalParser();
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#lastData = performance.now();
        const entries = parser.feed(chunk);
        const text = entries.map(renderEntry).join('');
        const last = entries.at(-1);
        const cursor = last?.get('__CURSOR');
        const boot = last?.get('_BOOT_ID');
        if (cursor !== undefined && boot !== undefined) this.#position = { cursor, boot };
        if (text === '') return done();
        this.#options.onText(text);
        if (this.#file.write(text)) done();
        else this.#file.once('drain', () => done());
      },
    });
  }
}
