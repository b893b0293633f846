import { type Clock, systemClock } from '../../../src/core/clock.ts';

/** A clock whose time passes `factor` times faster: waits of minutes end in a second, in the same order. */
export const hastyClock = (factor = 200): Clock => {
  const start = systemClock.monotonic();
  const begun = systemClock.now();
  const monotonic = (): number => (systemClock.monotonic() - start) * factor;
  return {
    now: () => begun + monotonic(),
    monotonic,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
};
