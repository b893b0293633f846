import type { SimAnswer, SimHandler, SimRequest } from './server.ts';

/**
 * What goes wrong. `lost-answer`: the request is carried out and the connection cut before the answer; `html`: a proxy
 * answers; `server-error`: a 500 without effect. The others are the vendor's own refusals.
 */
export type Effect =
  | 'throttle'
  | 'capacity'
  | 'quota'
  | 'credentials'
  | 'permission'
  | 'server-error'
  | 'html'
  | 'lost-answer';

export interface Fault {
  /** Name of the call as the simulator logs it, or a pattern for it. */
  readonly on: string | RegExp;
  readonly effect: Effect;
  /** How often; default once. */
  readonly times?: number;
  /** Seconds in Retry-After, where the vendor sends one. */
  readonly retryAfter?: number;
}

/** The header of a refusal that says how long to wait. */
export const waitOf = (fault: Fault | undefined): Readonly<Record<string, string>> =>
  fault?.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };

/** One request that was made. */
export interface LoggedCall {
  readonly action: string;
  readonly status: number | 'cut';
  /** Milliseconds since the start of the simulator. */
  readonly at: number;
  /** The effect that was injected. */
  readonly fault?: Effect;
}

export interface TapOptions {
  /** Names the call: `ec2 RunInstances`. */
  readonly actionOf: (request: SimRequest) => string;
  readonly handle: (request: SimRequest, action: string) => Promise<SimAnswer>;
  /** The vendor's answer for an effect. */
  readonly refuse: (effect: Effect, request: SimRequest, fault: Fault) => SimAnswer;
  /** Looks at traffic; what it finds wrong is kept in {@link Tap.violations}. */
  readonly check?: (request: SimRequest, action: string, answer: SimAnswer) => readonly string[];
}

/** Stands before a simulator's handler: logs, injects faults, checks the traffic against API descriptions. */
export class Tap {
  readonly calls: LoggedCall[] = [];
  readonly violations: string[] = [];
  /** Called before each request is carried out; tests cancel from here. */
  onCall: (action: string) => void = () => {};
  readonly #options: TapOptions;
  readonly #faults: { fault: Fault; left: number }[] = [];
  readonly #start = performance.now();

  constructor(options: TapOptions) {
    this.#options = options;
  }

  inject(...faults: readonly Fault[]): void {
    this.#faults.push(...faults.map(fault => ({ fault, left: fault.times ?? 1 })));
  }

  /** Takes back what was not used up; returns how much that was. */
  clearFaults(): number {
    const left = this.#faults.reduce((sum, { left: own }) => sum + own, 0);
    this.#faults.length = 0;
    return left;
  }

  readonly handler: SimHandler = async request => {
    const { actionOf, handle, refuse, check } = this.#options;
    const action = actionOf(request);
    this.onCall(action);
    const fault = this.#take(action);
    if (fault !== undefined && fault.effect !== 'lost-answer') {
      const answer = answerOf(fault, request, refuse);
      this.#log(action, answer.status, fault);
      return answer;
    }
    const answer = await handle(request, action);
    this.violations.push(...(check?.(request, action, answer) ?? []));
    this.#log(action, fault === undefined ? answer.status : 'cut', fault);
    return fault === undefined ? answer : undefined;
  };

  #take(action: string): Fault | undefined {
    const index = this.#faults.findIndex(({ fault: { on } }) =>
      typeof on === 'string' ? on === action : on.test(action),
    );
    const found = this.#faults[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#faults.splice(index, 1);
    return found.fault;
  }

  #log(action: string, status: number | 'cut', fault: Fault | undefined): void {
    const at = Math.round(performance.now() - this.#start);
    this.calls.push({ action, status, at, ...(fault === undefined ? {} : { fault: fault.effect }) });
  }
}

const answerOf = (fault: Fault, request: SimRequest, refuse: TapOptions['refuse']): SimAnswer => {
  if (fault.effect === 'html')
    return {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<!DOCTYPE html><html><head><title>Sign in</title><body><br>Please sign in to the guest network</html>',
    };
  return refuse(fault.effect, request, fault);
};
