import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { connect, siteKeys } from './connect.ts';
import { kinds } from './machines.ts';

export const sweepAzure = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, site =>
    connect(
      {
        ...(site.subscription === undefined ? {} : { azureSubscription: site.subscription }),
        ...(site.location === undefined ? {} : { azureLocation: site.location }),
        ...(site.endpoint === undefined ? {} : { azureEndpoint: site.endpoint }),
        ...(site.ca === undefined ? {} : { azureCaFile: site.ca }),
      },
      { clock: context.clock ?? systemClock, log: context.log },
    ),
  );
