import type { Clock } from '../core/clock.ts';
import { type Probe, poll } from '../core/poll.ts';
import {
  type CloudFault,
  type FaultCodes,
  type FaultKind,
  faultError,
  faultOf,
  isPassing,
  judgeFault,
  type RawFault,
} from './fault.ts';
import { type Rate, sharedBucket } from './token-bucket.ts';

/** How an adapter's calls are made and their errors read. */
export interface CallStyle {
  readonly platform: string;
  /** Who is counted by the vendor's limits: an account and region, a project, a token. */
  readonly account: string;
  readonly credentialsHint: string;
  readonly endpoint?: string;
  readonly rate: Rate;
  readonly codes: FaultCodes;
  /** Takes an SDK's error apart. */
  readonly read: (error: unknown) => RawFault;
}

export interface CallOptions {
  /** Doing it twice would do it twice: not repeated when no answer came. */
  readonly once?: boolean;
  /** Kinds of faults that pass here, besides the usual ones. */
  readonly retry?: readonly FaultKind[];
  /**
   * The call creates something: when the run is called off, its answer is still awaited for a while, so that the id is
   * known and what was created can be destroyed.
   */
  readonly creates?: boolean;
}

/** Milliseconds that the answer to a create call is awaited after the run was called off. */
const answerGrace = 20_000;

/** Aborted a while after `signal` is. */
const lateAbort = (signal: AbortSignal): Disposable & { readonly signal: AbortSignal } => {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => late.abort(signal.reason), answerGrace);
    timer.unref();
  };
  signal.addEventListener('abort', begin, { once: true });
  return {
    signal: late.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
};

/** Tries after throttling, and after a 5xx or a lost connection. */
const mostTries = { throttled: 12, other: 5 } as const;
const firstWait = 500;
const longestWait = 30_000;

/** Makes the calls to one API of one account: paced, repeated where that is safe, and with errors that say a cause. */
export class ApiCalls {
  readonly #style: CallStyle;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #random: () => number;

  constructor(
    style: CallStyle,
    clock: Clock,
    log: (line: string) => void,
    random: () => number = Math.random,
  ) {
    this.#style = style;
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
  }

  /**
   * `action` names the API and the call: `ec2 RunInstances`. The call is made again after throttling always, after a
   * 5xx or a lost connection unless it must be made `once`.
   */
  async call<T>(
    action: string,
    signal: AbortSignal,
    make: (signal: AbortSignal) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    const { platform, account, rate } = this.#style;
    const [api = ''] = action.split(' ');
    const bucket = sharedBucket(`${platform}/${account}/${api}`, rate, this.#clock);
    for (let turn = 1; ; turn++) {
      await bucket.take(signal);
      const patient = options.creates === true ? lateAbort(signal) : undefined;
      try {
        return await make(patient?.signal ?? signal);
      } catch (error) {
        signal.throwIfAborted();
        const fault = judgeFault(this.#style.read(error), this.#style.codes);
        if (!mayRepeat(fault, turn, options)) throw faultError(fault, { ...this.#style, action }, error);
        const wait = fault.retryAfter ?? this.#backOff(turn);
        if (fault.kind === 'throttled') bucket.penalise(wait);
        if (turn > 1 || fault.retryAfter !== undefined)
          this.#log(`Waiting ${(wait / 1000).toFixed(1)} s to repeat ${action}: ${fault.code ?? fault.kind}`);
        await this.#clock.sleep(wait, signal);
      } finally {
        patient?.[Symbol.dispose]();
      }
    }
  }

  /** Asks until the answer is there; what cannot be found yet is not there yet. */
  async eventually<T>(
    what: string,
    limits: { readonly every: number; readonly until: number },
    signal: AbortSignal,
    probe: () => Promise<Probe<T>>,
  ): Promise<T> {
    return poll({ ...limits, signal, clock: this.#clock, what }, async () => {
      try {
        return await probe();
      } catch (error) {
        if (faultOf(error)?.kind !== 'not-found') throw error;
        return { pending: 'not found yet' };
      }
    });
  }

  /** Full jitter: half of those who were refused together come back earlier, half later. */
  #backOff(turn: number): number {
    const ceiling = Math.min(longestWait, firstWait * 2 ** turn);
    return ceiling / 2 + (this.#random() * ceiling) / 2;
  }
}

const mayRepeat = (fault: CloudFault, turn: number, options: CallOptions): boolean => {
  if (fault.kind === 'throttled') return turn < mostTries.throttled;
  if (turn >= mostTries.other) return false;
  if (options.retry?.includes(fault.kind) === true) return true;
  return isPassing(fault.kind) && options.once !== true;
};

/** Milliseconds from a Retry-After header: seconds, or a date. */
export const retryAfterOf = (header: string | null | undefined, now: number): number | undefined => {
  if (header === null || header === undefined || header === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
};
