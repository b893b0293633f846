import type { Clock } from '../core/clock.ts';

/** Milliseconds that tags promise the run to live on, and how often the promise is renewed. */
export const leaseLength = 2 * 3_600_000;
const renewEvery = leaseLength / 4;

/** Machines that are kept on purpose have nobody to renew their lease. */
export const keptLength = 24 * 3_600_000;

export interface Lease {
  /** Milliseconds since the epoch. */
  expires(): number;
  /** No renewal is under way any more when it resolves: one could make what teardown has just destroyed. */
  end(): Promise<void>;
}

/** Moves the end of the run's tags on while the run lives; `kola gc` leaves alone what has not expired. */
export const startLease = (
  clock: Clock,
  length: number,
  renew: (expires: number, signal: AbortSignal) => Promise<void>,
  log: (line: string) => void,
): Lease => {
  let expires = clock.now() + length;
  const ended = new AbortController();
  const run = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(renewEvery, ended.signal);
      expires = clock.now() + length;
      try {
        await renew(expires, ended.signal);
      } catch (error) {
        if (ended.signal.aborted) return;
        log(`Failed to renew the lease: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const loop = run().catch(() => {
    // Only the end of the lease ends the loop.
  });
  return {
    expires: () => expires,
    end: () => {
      ended.abort(new Error('the run ended'));
      return loop;
    },
  };
};
