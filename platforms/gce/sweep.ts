import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { connect, siteKeys } from './connect.ts';
import { kinds } from './kinds.ts';

export const sweepGce = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, site =>
    connect(
      {
        ...(site.project === undefined ? {} : { gceProject: site.project }),
        ...(site.zones === undefined ? {} : { gceZone: site.zones.split(',') }),
        ...(site.endpoint === undefined ? {} : { gceEndpoint: site.endpoint }),
        ...(site.key === undefined ? {} : { gceJsonKey: site.key }),
      },
      { clock: context.clock ?? systemClock, log: context.log },
    ),
  );
