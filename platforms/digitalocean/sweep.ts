import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { connect, optionsOf, siteKeys } from './connect.ts';
import { kinds } from './kinds.ts';

export const sweepDo = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, async site =>
    connect(optionsOf(site), { clock: context.clock ?? systemClock, log: context.log }),
  );
