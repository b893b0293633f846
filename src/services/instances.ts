import { isDeepStrictEqual } from 'node:util';
import { ScenarioError } from '../core/errors.ts';
import type { NamedOptions } from '../core/services.ts';
import type { Startable } from './context.ts';

interface Instance<S> {
  readonly options: object;
  readonly service: Promise<S>;
}

/** The instances of one kind of service, each made when it is first asked for. */
export class Instances<S extends Startable, Options extends NamedOptions> implements AsyncDisposable {
  readonly #kind: string;
  readonly #make: (options: Options | undefined) => Promise<S>;
  readonly #signal: AbortSignal;
  readonly #byName = new Map<string, Instance<S>>();

  constructor(kind: string, signal: AbortSignal, make: (options: Options | undefined) => Promise<S>) {
    this.#kind = kind;
    this.#signal = signal;
    this.#make = make;
  }

  async get(options: Options | undefined): Promise<S> {
    const name = options?.name ?? '';
    const known = this.#byName.get(name);
    if (known === undefined) return await this.#begin(name, options);
    if (options !== undefined && !isDeepStrictEqual(known.options, options))
      throw new ScenarioError(
        'service-options',
        `the ${this.#kind} service ${name === '' ? '' : `"${name}" `}was started with other options before`,
        { hint: 'give the second one a name of its own' },
      );
    return await known.service;
  }

  async #begin(name: string, options: Options | undefined): Promise<S> {
    const service = this.#start(options);
    this.#byName.set(name, { options: options ?? {}, service });
    try {
      return await service;
    } catch (error) {
      // Whoever asks again may have more luck: a taken port is freed.
      this.#byName.delete(name);
      throw error;
    }
  }

  async #start(options: Options | undefined): Promise<S> {
    const service = await this.#make(options);
    await service.start(this.#signal);
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const started = await Promise.allSettled([...this.#byName.values()].map(({ service }) => service));
    await Promise.all(
      started.map(one => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)),
    );
  }
}
