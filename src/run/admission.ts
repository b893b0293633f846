import type { Clock } from '../core/clock.ts';
import { bounded, type Capacity, type Demand, pickNext, type Running, type Waiting } from '../plan/pack.ts';

/**
 * Who may have machines now. A scenario asks for all of its machines at once, so two half-started clusters can
 * never wait for each other. Requests are served in the order they came (the order of precedence), except that
 * a small one may use what a large one cannot use yet.
 */
export interface Admission {
  /** Waits until there is room; a demand above the capacity gets all of it, alone. `expected` in milliseconds. */
  acquire(demand: Demand, expected: number, signal: AbortSignal): Promise<Held>;
  /** Machines in use. */
  readonly busy: number;
}

/** What was asked for; to be given back exactly once. */
export interface Held {
  release(): void;
}

interface Waiter extends Waiting {
  readonly admit: () => void;
}

export const createAdmission = (
  capacity: Capacity,
  clock: Clock,
  onRelease: (demand: Demand, ms: number) => void = () => {},
): Admission => {
  const waiting: Waiter[] = [];
  const running = new Set<Running>();

  const admitWaiting = (): void => {
    for (;;) {
      const place = pickNext(waiting, [...running], capacity, clock.monotonic());
      const [next] = place === undefined ? [] : waiting.splice(place, 1);
      if (next === undefined) return;
      next.admit();
    }
  };

  const hold = (demand: Demand, expected: number): Held => {
    const start = clock.monotonic();
    const place: Running = { demand, endsAt: start + expected };
    running.add(place);
    return {
      release: () => {
        if (!running.delete(place)) return;
        onRelease(demand, clock.monotonic() - start);
        admitWaiting();
      },
    };
  };

  const acquire = (wanted: Demand, expected: number, signal: AbortSignal): Promise<Held> => {
    const demand = bounded(wanted, capacity);
    const { promise, resolve, reject } = Promise.withResolvers<Held>();
    const leave = (): void => {
      const place = waiting.indexOf(waiter);
      if (place >= 0) waiting.splice(place, 1);
      admitWaiting();
      reject(signal.reason);
    };
    const waiter: Waiter = {
      demand,
      expected,
      admit: () => {
        signal.removeEventListener('abort', leave);
        resolve(hold(demand, expected));
      },
    };
    if (signal.aborted) reject(signal.reason);
    else {
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(waiter);
      // Once everybody who asks in this turn is in line: the first to ask is then not always the first served.
      queueMicrotask(admitWaiting);
    }
    return promise;
  };

  return {
    acquire,
    get busy() {
      return [...running].reduce((sum, { demand }) => sum + demand.machines, 0);
    },
  };
};
