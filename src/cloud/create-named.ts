import type { Clock } from '../core/clock.ts';
import { faultOf } from './fault.ts';

const mostTries = 4;

/**
 * Creates something on a cloud that knows no idempotency tokens. After an error of its servers nobody knows whether it
 * was done: `find` looks for it by its name before it is tried again. `make` must not repeat by itself (`once`); when
 * no answer came at all its error is thrown, and whoever tears down looks for the name.
 */
export const createNamed = async <T>(
  make: () => Promise<T>,
  find: () => Promise<T | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> => {
  for (let turn = 1; ; turn++) {
    try {
      return await make();
    } catch (error) {
      const kind = faultOf(error)?.kind;
      if (kind === 'exists') {
        const there = await find();
        if (there !== undefined) return there;
      }
      if (kind !== 'transient' || turn >= mostTries) throw error;
      await clock.sleep(1000 * 2 ** turn, signal);
      const there = await find();
      if (there !== undefined) return there;
    }
  }
};
