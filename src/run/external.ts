import { BlockedError } from '../core/errors.ts';
import type { ExternalProbes } from '../core/services.ts';

/** A service outside the test network that is away blocks a scenario, before any machine is made for it. */
export const needExternal = async (
  needs: readonly string[] | undefined,
  probes: ExternalProbes,
  signal: AbortSignal,
): Promise<void> => {
  for (const need of needs ?? []) {
    const answer = await probes.reach(need, signal);
    if (!answer.reachable) throw new BlockedError(answer.reason);
  }
};
