import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { connect, siteKeys } from './connect.ts';
import { kinds } from './kinds.ts';

export const sweepAws = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, site =>
    connect(
      {
        ...(site.region === undefined ? {} : { awsRegion: site.region }),
        ...(site.endpoint === undefined ? {} : { awsEndpoint: site.endpoint }),
        ...(site.bucket === undefined ? {} : { awsBucket: site.bucket }),
        ...(site.profile === undefined ? {} : { awsProfile: site.profile }),
      },
      { clock: context.clock ?? systemClock, log: context.log },
    ),
  );
