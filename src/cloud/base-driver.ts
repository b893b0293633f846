import type { FlightContext } from '../core/platform.ts';
import { runnerBlock, slowdownOf } from './runner-address.ts';

/** What drivers begin with, and what the machines of a flight share once it was created. */
export abstract class BaseDriver<
  Cloud,
  Options extends { readonly runnerAddress?: string | undefined },
  Shared,
> {
  readonly cloud: Cloud;
  readonly slowdown: number;
  protected readonly options: Options;
  protected readonly context: FlightContext;
  readonly #endpoint: string | undefined;
  #shared: Shared | undefined;

  /** `endpoint` is the API's address, where it may not be the vendor's own. */
  constructor(cloud: Cloud, options: Options, context: FlightContext, endpoint: string | undefined) {
    this.cloud = cloud;
    this.options = options;
    this.context = context;
    this.slowdown = slowdownOf(endpoint);
    this.#endpoint = endpoint;
  }

  protected get shared(): Shared {
    if (this.#shared === undefined) throw new TypeError('launch() before prepare()');
    return this.#shared;
  }

  protected set shared(shared: Shared) {
    this.#shared = shared;
  }

  /** Who may reach the machines over SSH. */
  protected runner(signal: AbortSignal): Promise<string> {
    const { runnerAddress } = this.options;
    return runnerBlock({ runnerAddress, endpoint: this.#endpoint }, signal);
  }
}
