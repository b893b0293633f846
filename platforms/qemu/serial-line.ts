import type { Duplex } from 'node:stream';
import { ProvisioningError } from '../../src/core/errors.ts';
import { PollTimeout, poll } from '../../src/core/poll.ts';

/** Characters kept of what the guest wrote: a word and an exit code fit in many times over. */
const keptLength = 4096;

/** Our end of the guest's second serial port. What the guest writes is always taken, so that it never has to wait. */
export class SerialLine {
  readonly #stream: Duplex;
  #text = '';

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-keptLength);
    });
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  /** The rest of the first line that begins with `word`. Rejects when there is none after `until` milliseconds. */
  async word(word: string, until: number, signal: AbortSignal): Promise<string> {
    const what = `the machine to write ${word} to its second serial port`;
    try {
      return await poll({ every: 20, until, signal, what }, async () => {
        const found = this.#text
          .split('\n')
          .slice(0, -1)
          .find(line => line.startsWith(word));
        return found === undefined ? { pending: 'nothing yet' } : { done: found.slice(word.length).trim() };
      });
    } catch (error) {
      if (!(error instanceof PollTimeout)) throw error;
      throw new ProvisioningError('serial-line', error.message, { cause: error });
    }
  }
}
