import type { ExternalProbes, Reachability } from '../../core/services.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { type ExternalNeed, parseNeed } from './need.ts';
import { type ProbeNetwork, systemNetwork } from './network.ts';

const limit = 3000;

/** Of these one has to answer: a single site that is down is not the internet. */
const landmarks = ['https://www.flatcar.org/', 'https://github.com/', 'https://www.example.com/'];

/** A question of an NTP v4 client, all else zero. */
const ntpQuestion = (): Uint8Array => {
  const packet = new Uint8Array(48);
  packet[0] = 0x23;
  return packet;
};

/**
 * Asks the outside world on behalf of scenarios, once per need and run. It asks from the harness: what a guest
 * can reach may be less, what it is promised is no more.
 */
export class RunProbes implements ExternalProbes {
  readonly #network: ProbeNetwork;
  readonly #limit: number;
  readonly #known = new Map<string, Promise<Reachability>>();

  constructor(network: ProbeNetwork = systemNetwork, limitMs = limit) {
    this.#network = network;
    this.#limit = limitMs;
  }

  async reach(need: string, signal: AbortSignal): Promise<Reachability> {
    signal.throwIfAborted();
    let answer = this.#known.get(need);
    if (answer === undefined) {
      answer = this.#probe(need, parseNeed(need));
      this.#known.set(need, answer);
    }
    return await unlessAborted(answer, signal);
  }

  /** Never rejects. Has only its own clock: the attempt that asked first may end before others want to know. */
  async #probe(need: string, parsed: ExternalNeed): Promise<Reachability> {
    const timeout = AbortSignal.timeout(this.#limit);
    try {
      await unlessAborted(this.#ask(parsed, timeout), timeout);
      return { reachable: true };
    } catch (error) {
      const reason = timeout.aborted ? `no answer within ${this.#limit / 1000} s` : reasonOf(error);
      return { reachable: false, reason: `${need} is not reachable from the harness: ${reason}` };
    }
  }

  async #ask(need: ExternalNeed, signal: AbortSignal): Promise<void> {
    switch (need.kind) {
      case 'internet':
        await Promise.any(landmarks.map(url => this.#answers(url, signal)));
        return;
      case 'registry': {
        // 401 is how registries say that they are there and want a token.
        const status = await this.#network.get(`https://${need.host}/v2/`, signal);
        if (status !== 200 && status !== 401) throw new Error(`/v2/ answered ${status}`);
        return;
      }
      case 'url':
        return await this.#answers(need.url, signal);
      case 'dns':
        return await this.#network.resolve(need.host, signal);
      case 'tcp':
        return await this.#network.connect(need.host, need.port, signal);
      case 'ntp':
        await this.#network.ask(need.host, 123, ntpQuestion(), signal);
    }
  }

  async #answers(url: string, signal: AbortSignal): Promise<void> {
    const status = await this.#network.get(url, signal);
    if (status >= 400) throw new Error(`${url} answered ${status}`);
  }
}

const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ');
  return error instanceof Error ? error.message : String(error);
};
