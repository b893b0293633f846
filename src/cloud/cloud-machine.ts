import { join } from 'node:path';
import { InterruptedError, type KolaError, ProvisioningError } from '../core/errors.ts';
import type { FlightContext, MachineSpec, ProvisionedMachine } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import { PolledConsole } from './console.ts';
import type { CloudDriver, Launched } from './driver.ts';
import type { Owner } from './owner.ts';
import { withSelfDestruct } from './self-destruct.ts';
import { fitUserData } from './user-data.ts';

/** Minutes after which a machine powers itself off, whatever became of the run. */
const lifeMinutes = 360;

/** Milliseconds between two looks whether the machine is still there, and how long the last look at its console may take. */
const watchEvery = 15_000;
const lastLook = 5_000;

const forever = Number.MAX_SAFE_INTEGER;

/** One machine of a {@link CloudFlight}, from its user-data to its end. */
export class CloudMachine<Cloud> {
  readonly #driver: CloudDriver<Cloud>;
  readonly #context: FlightContext;
  readonly #spec: MachineSpec;
  readonly #owner: Owner;
  /** The machine is being destroyed. */
  readonly #calledOff = new AbortController();
  /** It is no more. */
  readonly #ended = new AbortController();
  readonly #gone = Promise.withResolvers<KolaError>();
  #console: PolledConsole | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(driver: CloudDriver<Cloud>, context: FlightContext, spec: MachineSpec, owner: Owner) {
    this.#driver = driver;
    this.#context = context;
    this.#spec = spec;
    this.#owner = owner;
  }

  async launch(signal: AbortSignal): Promise<ProvisionedMachine> {
    const own = AbortSignal.any([signal, this.#calledOff.signal]);
    const work = this.#launch(own);
    this.#work = work;
    const launched = await work;
    own.throwIfAborted();
    this.#console = this.#openConsole(launched);
    this.#watch(launched);
    return {
      id: this.#spec.id,
      platformId: launched.platformId,
      ssh: { host: launched.publicAddress, port: launched.sshPort ?? 22 },
      publicAddress: launched.publicAddress,
      privateAddress: launched.privateAddress,
      console: this.#console,
      gone: this.#gone.promise,
    };
  }

  async #launch(signal: AbortSignal): Promise<Launched> {
    const userData = await this.#userData(signal);
    signal.throwIfAborted();
    return this.#driver.launch(this.#spec, userData, this.#owner, signal);
  }

  #userData(signal: AbortSignal): Promise<string> {
    const driver = this.#driver;
    const publish = driver.publish?.bind(driver);
    return fitUserData(withSelfDestruct(this.#spec.userData, lifeMinutes), {
      platform: driver.platform,
      limit: driver.userDataLimit,
      manifest: this.#context.image.manifest,
      ...(publish === undefined ? {} : { publish: (text: string) => publish(text, this.#owner, signal) }),
    });
  }

  #openConsole(launched: Launched): PolledConsole | undefined {
    const readConsole = this.#driver.readConsole?.bind(this.#driver);
    if (readConsole === undefined) return undefined;
    return new PolledConsole({
      read: signal => readConsole(launched, signal),
      clock: this.#context.clock,
      file: join(this.#spec.evidenceDir, 'console.txt'),
      ended: this.#ended.signal,
    });
  }

  #watch(launched: Launched): void {
    const { clock, log } = this.#context;
    const signal = this.#calledOff.signal;
    const limits = { every: watchEvery, until: forever, what: 'the end of the machine', signal, clock };
    void poll(limits, async () => {
      try {
        const state = await this.#driver.gone(launched, signal);
        return state === undefined ? { pending: 'running' } : { done: state };
      } catch (error) {
        signal.throwIfAborted();
        // Not knowing is no proof that it is gone.
        log(`Failed to look after ${launched.platformId}: ${String(error)}`);
        return { pending: 'unknown' };
      }
    }).then(
      state => {
        this.#gone.resolve(
          new ProvisioningError('machine-gone', `machine ${launched.platformId} is ${state}`),
        );
        this.#ended.abort();
      },
      () => {
        // It is being destroyed by us.
      },
    );
  }

  /** Ends the machine; calls after the first wait for it, after a failure they try again. */
  end(tearDown: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#ending ??= this.#end(tearDown, signal).catch(error => {
      this.#ending = undefined;
      throw error;
    });
    return this.#ending;
  }

  async #end(tearDown: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#calledOff.abort(new InterruptedError('the machine is being destroyed'));
    // What is being created right now has to exist before it can be destroyed.
    await this.#work.catch(() => {});
    await this.#console?.look(AbortSignal.any([signal, AbortSignal.timeout(lastLook)]));
    try {
      await tearDown();
    } finally {
      this.#ended.abort();
    }
  }

  /** The machine lives on without us. */
  letGo(): void {
    this.#calledOff.abort(new InterruptedError('the machine is left alone'));
    this.#ended.abort();
  }
}
