import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { SweepContext } from '../../src/core/platform.ts';
import { connect, optionsOf, siteKeys } from './connect.ts';
import { kinds } from './kinds.ts';

export const sweepOpenStack = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, async site => {
    const tools = { clock: context.clock ?? systemClock, log: context.log };
    const cloud = connect(optionsOf(site), tools);
    const { project } = await cloud.identity(context.signal);
    // In another project nothing would be found, and taken for gone.
    if (site.project !== undefined && site.project !== project.id)
      throw new UsageError(
        'openstack-project',
        `expected credentials of project ${site.project}, found those of ${project.id}`,
      );
    return cloud;
  });
