import { systemClock } from '../core/clock.ts';
import type { OwnedResource } from '../core/ledger.ts';
import type { SweepContext } from '../core/platform.ts';
import { type ResourceKind, tearDown } from './kinds.ts';

/**
 * Destroys what the ledger of a dead run holds. `connect` opens the place that the entries name (region, endpoint).
 * A place that cannot be reached keeps its entries for a later sweep.
 */
export const sweepCloud = async <Cloud>(
  resources: readonly OwnedResource[],
  context: SweepContext,
  kinds: readonly ResourceKind<Cloud>[],
  siteKeys: readonly string[],
  connect: (site: Readonly<Record<string, string>>) => Promise<Cloud>,
): Promise<readonly string[]> => {
  const { signal, log, clock = systemClock } = context;
  const gone: string[] = [];
  const siteOf = ({ detail = {} }: OwnedResource): string =>
    JSON.stringify(siteKeys.map(key => detail[key] ?? null));
  for (const group of Map.groupBy(resources, siteOf).values()) {
    signal.throwIfAborted();
    try {
      const cloud = await connect(group[0]?.detail ?? {});
      await tearDown(group, { cloud, kinds, clock, signal, log }, async entry => {
        gone.push(entry);
      });
    } catch (error) {
      signal.throwIfAborted();
      log(`Failed to clean up: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const inOrder = new Set(gone);
  return resources.map(({ entry }) => entry).filter(entry => inOrder.has(entry));
};
