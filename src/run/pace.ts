import type { Clock } from '../core/clock.ts';
import { createAdmission } from './admission.ts';
import type { UsageMeter } from './usage.ts';

/** A turn in the slots; to be given back once, more often does no harm. */
export interface Turn {
  give(): void;
}

/**
 * Machines and slots are two things: a scenario holds its machines from their creation to their end, and a slot while
 * it runs. Where there is room for more machines than slots, the next machine boots while a test runs, and one that is
 * done goes while the next test runs already.
 */
export interface Pace {
  /** Machines are made before there is a slot: booting costs this computer nothing. */
  readonly bootsAhead: boolean;
  /** Waits for as many slots as machines. */
  turn(machines: number, signal: AbortSignal): Promise<Turn>;
}

export interface PaceOptions {
  readonly slots: number;
  readonly bootsAhead: boolean;
  readonly clock: Clock;
  readonly usage: UsageMeter;
}

export const createPace = ({ slots, bootsAhead, clock, usage }: PaceOptions): Pace => {
  const unlimited = { memoryMiB: Number.POSITIVE_INFINITY, vcpus: Number.POSITIVE_INFINITY };
  const admission = createAdmission({ machines: slots, ...unlimited }, clock);
  return {
    bootsAhead,
    turn: async (machines, signal) => {
      const taken = Math.min(machines, slots);
      const held = await admission.acquire({ machines: taken, memoryMiB: 0, vcpus: 0 }, 0, signal);
      const start = clock.monotonic();
      let open = true;
      return {
        give: () => {
          if (!open) return;
          open = false;
          usage.inUse(taken, clock.monotonic() - start);
          held.release();
        },
      };
    },
  };
};
