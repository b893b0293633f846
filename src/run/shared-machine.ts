import { asKolaError, HarnessError, type KolaError } from '../core/errors.ts';
import type { Machine } from '../core/machine.ts';
import { PollTimeout, poll } from '../core/poll.ts';
import type { Subject } from '../core/target.ts';
import { changesBetween, type Fingerprint } from '../machine/guest/fingerprint.ts';
import { hitEvent, type LifeEvents } from './life-events.ts';
import { MachineLife, type MachineLifeOptions } from './machine-life.ts';
import { type Seat, type SeatUser, seatedMachine } from './seat.ts';
import type { TargetServices } from './services.ts';

export interface SharedMachineOptions
  extends Pick<MachineLifeOptions, 'services' | 'scenario' | 'userData' | 'evidenceDir' | 'cluster'> {
  /** Who is to use it. */
  readonly subjects: readonly Subject[];
  /** The run is being stopped. */
  readonly signal: AbortSignal;
}

type Hit = Parameters<LifeEvents['hit']>;

/** What a scenario leaves behind may go by itself: a service that ends, a socket that closes. Milliseconds, scaled. */
const settling = { every: 1000, until: 5000 };

/** A machine that belongs to no attempt: attempts take seats on it, and between them it is looked at for traces. */
export class SharedMachine {
  readonly #options: SharedMachineOptions;
  readonly #life: MachineLife;
  readonly #over = new AbortController();
  readonly #users = new Set<SeatUser>();
  #machine: Machine | undefined;
  #clean: Fingerprint | undefined;
  #trouble: KolaError | undefined;
  /** What log rules had against the boot: it counts for everyone who uses the machine. */
  readonly #early: { readonly hit?: Hit; readonly error?: KolaError }[] = [];
  /** What log rules found while nobody used the machine: the last users left it. */
  readonly #stray: string[] = [];

  constructor(options: SharedMachineOptions) {
    const { services, signal, scenario, userData, evidenceDir, cluster } = options;
    this.#options = options;
    this.#life = new MachineLife({
      services,
      scenario,
      userData,
      evidenceDir,
      cluster,
      events: this.#events(services),
      role: 'machine',
      signal: AbortSignal.any([signal, this.#over.signal]),
      onFatal: error => {
        this.#trouble ??= error;
        for (const user of this.#users) user.onFatal(error);
      },
      onHit: error => {
        if (this.#clean === undefined) this.#early.push({ error });
        for (const user of this.#users) user.onHit(error);
      },
    });
  }

  get id(): string {
    return this.#life.id;
  }

  /** Why the machine is of no more use; undefined while it is. */
  get trouble(): KolaError | undefined {
    return this.#trouble;
  }

  /** Boots the machine and notes its state. On every failure it is gone again. */
  async open(): Promise<void> {
    const { services } = this.#options;
    try {
      await this.#life.provision();
      const machine = await this.#life.boot();
      this.#machine = machine;
      this.#clean = await services.ports.fingerprint(machine, this.#over.signal);
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  seat(users: number): Seat {
    const { log } = this.#options.services;
    let user: SeatUser | undefined;
    const said = (phase: 'shared' | 'released'): void => {
      if (user === undefined) return;
      const { attempt, role } = user;
      const detail = phase === 'shared' ? { detail: this.#detail() } : {};
      log.emit({ type: 'machine.phase', attempt, machine: this.#life.id, role, phase, ...detail });
    };
    return {
      users,
      take: taker => {
        user = taker;
        this.#users.add(taker);
        said('shared');
        for (const { hit, error } of this.#early) {
          if (hit !== undefined) log.emit(hitEvent(taker.attempt, ...hit));
          if (error !== undefined) taker.onHit(error);
        }
        if (this.#trouble !== undefined) taker.onFatal(this.#trouble);
        return seatedMachine(this.#ready(), taker);
      },
      leave: () => {
        if (user === undefined || !this.#users.delete(user)) return;
        said('released');
      },
    };
  }

  /** What is not as it was when the machine was ready, once it has settled. Empty = it serves the next ones as well. */
  async changes(): Promise<readonly string[]> {
    const { services, signal } = this.#options;
    const { clock, flight, ports } = services;
    let last: readonly string[] = [];
    try {
      return await poll(
        {
          every: settling.every * flight.slowdown,
          until: settling.until * flight.slowdown,
          what: 'the machine to be as it was',
          clock,
          signal,
        },
        async () => {
          if (this.#trouble !== undefined) throw this.#trouble;
          const now = await ports.fingerprint(this.#ready(), AbortSignal.any([signal, this.#over.signal]));
          last = [...changesBetween(this.#clean ?? new Map(), now), ...this.#stray];
          return last.length === 0 ? { done: last } : { pending: last[0] ?? '' };
        },
      );
    } catch (error) {
      if (error instanceof PollTimeout) return last;
      throw error;
    }
  }

  /** Destroys the machine; never throws, the ledger knows what is left. */
  async end(): Promise<void> {
    const { services } = this.#options;
    try {
      await this.#life.end(AbortSignal.timeout(services.deadlines.teardown));
    } catch (thrown) {
      const text = `Failed to clean up: ${asKolaError(thrown).message}`;
      services.log.emit({ type: 'log', level: 'warn', text });
    } finally {
      this.#over.abort(new HarnessError('shared-over', 'the shared machine has ended'));
    }
  }

  #ready(): Machine {
    if (this.#machine === undefined)
      throw new HarnessError('boot-order', 'a seat before the machine is ready');
    return this.#machine;
  }

  #detail() {
    const provisioned = this.#life.provisioned;
    return {
      folder: this.#life.folder,
      userDataForm: this.#ready().userDataForm,
      ...(provisioned === undefined
        ? {}
        : { platformId: provisioned.platformId, console: provisioned.console !== undefined }),
    };
  }

  #events({ log }: TargetServices): LifeEvents {
    const { subjects } = this.#options;
    return {
      phase: ({ role: _, ...event }) =>
        log.emit({
          type: 'shared.phase',
          ...event,
          ...(event.phase === 'provisioning' ? { subjects: [...subjects] } : {}),
        }),
      hit: (...hit) => {
        for (const { attempt } of this.#users) log.emit(hitEvent(attempt, ...hit));
        if (this.#clean === undefined) this.#early.push({ hit });
        else if (this.#users.size === 0 && hit[1].excused === undefined)
          this.#stray.push(`+ ${hit[2]}: ${hit[1].rule}`);
      },
      note: (machine, text) => log.emit({ type: 'log', level: 'debug', text, machine }),
    };
  }
}
