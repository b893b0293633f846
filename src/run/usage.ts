import type { Clock } from '../core/clock.ts';
import type { Usage } from '../core/event.ts';
import { type Capacity, type Demand, lowerBound } from '../plan/pack.ts';
import type { Room } from '../plan/room.ts';

/** Adds up, for one target, how long machines were up and how long slots were in use. */
export class UsageMeter {
  readonly #clock: Clock;
  readonly #slots: number;
  readonly #capacity: Capacity;
  /** Scenarios with the machines they held, from admission to release. */
  readonly #held: { readonly demand: Demand; readonly expected: number }[] = [];
  #slotTime = 0;
  #machineTime = 0;
  #machines = 0;
  #began: number | undefined;
  #ended = 0;

  constructor(clock: Clock, { slots, capacity }: Room) {
    this.#clock = clock;
    this.#slots = slots;
    this.#capacity = capacity;
  }

  /** The first scenario has its turn. */
  begin(): void {
    this.#began ??= this.#clock.monotonic();
  }

  /** Something that held machines is over, after `ms` milliseconds. */
  held(demand: Demand, ms: number): void {
    this.#held.push({ demand, expected: ms });
    this.#ended = this.#clock.monotonic();
    // Without room beside the slots, who has machines has their slots.
    if (this.#capacity.machines <= this.#slots) this.inUse(demand.machines, ms);
  }

  /** Slots were in use for `ms` milliseconds. */
  inUse(slots: number, ms: number): void {
    this.#slotTime += slots * ms;
  }

  /** A machine has gone that was there for `ms` milliseconds. */
  machine(ms: number): void {
    this.#machines += 1;
    this.#machineTime += ms;
  }

  /** Undefined when nothing ran. */
  result(): (Usage & { readonly slots: number }) | undefined {
    if (this.#began === undefined || this.#held.length === 0) return undefined;
    const slots = this.#slots;
    const makespan = Math.max(0, this.#ended - this.#began);
    // The time in slots is counted apart from that of the machines: those may boot and go outside of a slot.
    const bound = lowerBound(this.#held, { ...this.#capacity, machines: Number.POSITIVE_INFINITY });
    return {
      makespan,
      lowerBound: Math.min(makespan, Math.max(bound, this.#slotTime / slots)),
      machineTime: this.#machineTime,
      machines: this.#machines,
      utilisation: makespan === 0 ? 1 : Math.min(1, this.#slotTime / (slots * makespan)),
      slots,
    };
  }
}

/** Targets run side by side: the longest is the run, and what they used adds up. */
export const totalUsage = (meters: readonly UsageMeter[]): Usage | undefined => {
  const all = meters.flatMap(meter => meter.result() ?? []);
  if (all.length === 0) return undefined;
  const makespan = Math.max(...all.map(one => one.makespan));
  const sum = (of: (one: (typeof all)[number]) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  const available = sum(one => one.slots) * makespan;
  return {
    makespan,
    lowerBound: Math.max(...all.map(one => one.lowerBound)),
    machineTime: sum(one => one.machineTime),
    machines: sum(one => one.machines),
    utilisation: available === 0 ? 1 : sum(one => one.utilisation * one.slots * one.makespan) / available,
  };
};
