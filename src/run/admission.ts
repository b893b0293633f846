/**
 * Who may have machines now. A scenario asks for all of its machines at once, so two half-started clusters can
 * never wait for each other. First come, first served: a large cluster is not overtaken for ever.
 */
export interface Admission {
  /** Waits until `machines` slots are free together; a request above the total gets all of them, alone. */
  acquire(machines: number, signal: AbortSignal): Promise<Slots>;
  readonly total: number;
  readonly busy: number;
}

export interface Slots {
  release(): void;
}

interface Waiter {
  readonly weight: number;
  readonly admit: () => void;
}

export const createAdmission = (total: number): Admission => {
  const waiting: Waiter[] = [];
  let busy = 0;

  const admitWaiting = (): void => {
    for (let first = waiting[0]; first !== undefined && busy + first.weight <= total; first = waiting[0]) {
      waiting.shift();
      busy += first.weight;
      first.admit();
    }
  };

  const slots = (weight: number): Slots => {
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        busy -= weight;
        admitWaiting();
      },
    };
  };

  const acquire = (machines: number, signal: AbortSignal): Promise<Slots> => {
    const weight = Math.min(machines, total);
    const { promise, resolve, reject } = Promise.withResolvers<Slots>();
    const leave = (): void => {
      const place = waiting.indexOf(waiter);
      if (place >= 0) waiting.splice(place, 1);
      admitWaiting();
      reject(signal.reason);
    };
    const waiter: Waiter = {
      weight,
      admit: () => {
        signal.removeEventListener('abort', leave);
        resolve(slots(weight));
      },
    };
    if (signal.aborted) reject(signal.reason);
    else {
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(waiter);
      admitWaiting();
    }
    return promise;
  };

  return {
    acquire,
    total,
    get busy() {
      return busy;
    },
  };
};
