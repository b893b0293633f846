import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { connect, siteKeys } from './connect.ts';
import { kinds } from './kinds.ts';

export const sweepMetal = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, site =>
    connect(
      {
        ...(site.endpoint === undefined ? {} : { equinixmetalEndpoint: site.endpoint }),
        ...(site.project === undefined ? {} : { equinixmetalProject: site.project }),
      },
      { clock: context.clock ?? systemClock, log: context.log },
    ),
  );
