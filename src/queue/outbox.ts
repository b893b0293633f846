import type { Clock } from '../core/clock.ts';
import type { QueueDatabase } from './database.ts';
import { sendEvidence } from './evidence.ts';
import type { Done, Message } from './messages.ts';

export interface OutboxOptions {
  readonly database: QueueDatabase;
  readonly job: string;
  readonly clock: Clock;
  /** Milliseconds between tries while the database is away. */
  readonly every: number;
  /** Nobody waits for this job any more. */
  readonly onUnwanted: () => void;
}

/** What a worker says about one job, in order; kept while the database is away. */
export class Outbox {
  readonly #options: OutboxOptions;
  #pending: Message[] = [];
  #seq = 0;
  #sending: Promise<void> = Promise.resolve();
  #unwanted = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  readonly say = (message: Message): void => {
    this.#pending.push(message);
    this.#sending = this.#sending.then(() => this.#flush()).catch(() => {});
  };

  /** Sends the evidence and the last word together, so that who reads the word has the evidence. */
  async finish(done: Done, folder: string, signal: AbortSignal): Promise<void> {
    const { database, job, clock, every } = this.#options;
    await this.#sending;
    while (!this.#unwanted) {
      signal.throwIfAborted();
      try {
        await this.#flush();
        await database.transaction(async ({ query }) => {
          await sendEvidence(query, job, folder);
          await query(insertMessages, [job, [this.#seq + 1], [JSON.stringify(done)]]);
        });
        return;
      } catch (error) {
        if (isUnwanted(error)) return;
        await clock.sleep(every, signal);
      }
    }
  }

  async #flush(): Promise<void> {
    // A copy: more is said while it is under way.
    const batch = [...this.#pending];
    if (batch.length === 0 || this.#unwanted) return;
    const { database, job } = this.#options;
    const first = this.#seq + 1;
    try {
      await database.query(insertMessages, [
        job,
        batch.map((_, index) => first + index),
        batch.map(message => JSON.stringify(message)),
      ]);
    } catch (error) {
      if (!isUnwanted(error)) throw error;
      this.#unwanted = true;
      this.#options.onUnwanted();
      return;
    }
    this.#seq += batch.length;
    this.#pending = this.#pending.slice(batch.length);
  }
}

/** A batch that got there although its answer was lost is sent again, and then changes nothing. */
const insertMessages = `insert into kola_queue.message (job, seq, body)
  select $1, seq, body::jsonb from unnest($2::int[], $3::text[]) as said (seq, body)
  on conflict do nothing`;

/** The claim is gone, which every message refers to: foreign_key_violation. */
const isUnwanted = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === '23503';
