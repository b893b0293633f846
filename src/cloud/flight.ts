import type { PreflightReport } from '../core/cloud-account.ts';
import type { MachineId } from '../core/ids.ts';
import type {
  ClusterRef,
  Flight,
  FlightContext,
  MachineSize,
  MachineSpec,
  ProvisionedMachine,
} from '../core/platform.ts';
import { CloudMachine } from './cloud-machine.ts';
import type { CloudDriver } from './driver.ts';
import { tearDown } from './kinds.ts';
import { keptLength, type Lease, leaseLength, startLease } from './lease.ts';
import { makeOwner, type Owner } from './owner.ts';
import { ownerName, type TagFacts } from './tags.ts';

/** Milliseconds that cleaning up after a machine that failed may take. */
const cleanUpLimit = 180_000;

/** A flight on any cloud, on top of a driver. */
export class CloudFlight<Cloud> implements Flight {
  readonly closeLimit = 15 * 60_000;
  readonly #context: FlightContext;
  readonly #driver: CloudDriver<Cloud>;
  readonly #lease: Lease;
  readonly #tagFacts: () => TagFacts;
  readonly #machines = new Map<MachineId, CloudMachine<Cloud>>();
  #closing: Promise<void> | undefined;

  constructor(context: FlightContext, driver: CloudDriver<Cloud>) {
    this.#context = context;
    this.#driver = driver;
    const { clock, log, run } = context;
    const length = context.keep === true ? keptLength : leaseLength;
    this.#lease = startLease(clock, length, (expires, signal) => driver.renew(expires, signal), log);
    const owner = ownerName();
    this.#tagFacts = () => ({ run, owner, created: clock.now(), expires: this.#lease.expires() });
  }

  get slowdown(): number {
    return this.#driver.slowdown ?? 1;
  }

  get defaultSize(): MachineSize {
    return this.#driver.defaultSize;
  }

  get machineLimit(): number | undefined {
    return this.#driver.machineLimit;
  }

  get launchesAtOnce(): number {
    return this.#driver.launchesAtOnce ?? 4;
  }

  get provisionLimit(): number | undefined {
    return this.#driver.provisionLimit;
  }

  preflight(signal: AbortSignal): Promise<PreflightReport> {
    return this.#driver.preflight(signal);
  }

  prepareImage(signal: AbortSignal): Promise<void> {
    return this.#driver.prepare(this.#owner(undefined), signal);
  }

  /** Clouds choose addresses when they create. */
  privateAddress(_cluster: ClusterRef): undefined {
    return undefined;
  }

  async provision(spec: MachineSpec, signal: AbortSignal): Promise<ProvisionedMachine> {
    signal.throwIfAborted();
    const machine = new CloudMachine(this.#driver, this.#context, spec, this.#owner(spec.id));
    this.#machines.set(spec.id, machine);
    try {
      return await machine.launch(signal);
    } catch (error) {
      await this.destroy(spec.id, AbortSignal.timeout(cleanUpLimit)).catch(problem =>
        this.#context.log(`Failed to clean up after ${spec.role}: ${String(problem)}`),
      );
      signal.throwIfAborted();
      throw error;
    }
  }

  async destroy(id: MachineId, signal: AbortSignal): Promise<void> {
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    await machine.end(
      () =>
        this.#tearDown(
          this.#context.ledger.open().filter(entry => entry.machine === id),
          signal,
        ),
      signal,
    );
    this.#machines.delete(id);
  }

  close(signal: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(signal).catch(error => {
      this.#closing = undefined;
      throw error;
    });
    return this.#closing;
  }

  async #close(signal: AbortSignal): Promise<void> {
    try {
      if (this.#context.keep === true && this.#machines.size > 0) {
        for (const machine of this.#machines.values()) machine.letGo();
        return;
      }
      await Promise.all([...this.#machines.keys()].map(id => this.destroy(id, signal)));
      await this.#lease.end();
      await this.#tearDown(this.#context.ledger.open(), signal);
    } finally {
      await this.#lease.end();
    }
  }

  #tearDown(resources: ReturnType<FlightContext['ledger']['open']>, signal: AbortSignal): Promise<void> {
    const { clock, log, ledger } = this.#context;
    const { cloud, kinds, search } = this.#driver;
    const place = { cloud, kinds, clock, signal, log, ...(search === undefined ? {} : { search }) };
    return tearDown(resources, place, entry => ledger.release(entry));
  }

  #owner(machine: MachineId | undefined): Owner {
    return makeOwner({
      ledger: this.#context.ledger,
      site: this.#driver.site,
      tagFacts: this.#tagFacts,
      ...(machine === undefined ? {} : { machine }),
    });
  }
}
