import { InterruptedError } from '../core/errors.ts';
import { PollTimeout } from '../core/poll.ts';
import type { AwaitOptions, Logged, ServiceLog } from '../core/services.ts';
import type { ServiceContext } from './context.ts';

const defaultUntil = 30_000;
/** A client gone wild must not eat the harness's memory: older entries go first. */
const mostEntries = 10_000;

interface Waiter<Entry> {
  readonly matches: (entry: Entry & Logged) => boolean;
  readonly resolve: (entry: Entry & Logged) => void;
  readonly reject: (reason: unknown) => void;
}

/** Records what clients asked for and wakes those who wait for it. */
export class RequestLog<Entry extends object> implements ServiceLog<Entry> {
  readonly #context: Omit<ServiceContext, 'guestAddress'>;
  readonly #entries: (Entry & Logged)[] = [];
  readonly #waiters = new Set<Waiter<Entry>>();
  #seq = 0;
  #closed = false;

  constructor(context: Omit<ServiceContext, 'guestAddress'>) {
    this.#context = context;
  }

  get entries(): readonly (Entry & Logged)[] {
    return this.#entries;
  }

  mark(): number {
    return this.#seq;
  }

  add(entry: Entry): void {
    const logged = { ...entry, seq: ++this.#seq, time: this.#context.clock.now() };
    this.#entries.push(logged);
    if (this.#entries.length > mostEntries) this.#entries.shift();
    for (const waiter of [...this.#waiters]) this.#offer(waiter, logged);
  }

  #offer(waiter: Waiter<Entry>, entry: Entry & Logged): void {
    try {
      if (waiter.matches(entry)) waiter.resolve(entry);
    } catch (error) {
      waiter.reject(error);
    }
  }

  async wait(
    what: string,
    matches: (entry: Entry & Logged) => boolean,
    options: AwaitOptions = {},
  ): Promise<Entry & Logged> {
    options.signal?.throwIfAborted();
    const after = options.after ?? 0;
    const isNewAndMatches = (entry: Entry & Logged): boolean => entry.seq > after && matches(entry);
    const found = this.#entries.find(isNewAndMatches);
    if (found !== undefined) return found;
    if (this.#closed) throw closed(what);
    return await this.#nextMatch(what, isNewAndMatches, options);
  }

  async #nextMatch(
    what: string,
    matches: (entry: Entry & Logged) => boolean,
    options: AwaitOptions,
  ): Promise<Entry & Logged> {
    const { clock, slowdown, patience, onWaited } = this.#context;
    const wanted = (options.until ?? defaultUntil) * slowdown;
    const until = Math.min(wanted, patience ?? wanted);
    const start = clock.monotonic();
    const { promise, resolve, reject } = Promise.withResolvers<Entry & Logged>();
    const waiter = { matches, resolve, reject };
    const timer = new AbortController();
    const stop = (): void => reject(options.signal?.reason);
    this.#waiters.add(waiter);
    options.signal?.addEventListener('abort', stop, { once: true });
    clock.sleep(until, timer.signal).then(
      () => reject(new PollTimeout(what, until, this.#summary())),
      () => undefined,
    );
    try {
      const found = await promise;
      onWaited?.(clock.monotonic() - start);
      return found;
    } finally {
      timer.abort();
      this.#waiters.delete(waiter);
      options.signal?.removeEventListener('abort', stop);
    }
  }

  #summary(): string {
    const last = this.#entries.at(-1);
    if (last === undefined) return 'no request at all';
    return `${this.#seq} requests, the last: ${briefly(last)}`;
  }

  /** Ends every wait: the service is gone. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.reject(closed('a request'));
    this.#waiters.clear();
  }
}

const closed = (what: string): InterruptedError =>
  new InterruptedError(`waited for ${what}, but the service was stopped`);

/** Plain words and numbers of an entry; bodies and headers are left out. */
const briefly = (entry: object): string =>
  Object.entries(entry)
    .filter(([key, value]) => !['seq', 'time'].includes(key) && ['string', 'number'].includes(typeof value))
    .map(([key, value]) => `${key}=${String(value).slice(0, 80)}`)
    .join(' ');
