import { CloudFlight } from '../../src/cloud/flight.ts';
import { checkImageArch } from '../../src/cloud/image-arch.ts';
import { sweepCloud } from '../../src/cloud/sweep.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { Flight, FlightContext, SweepContext } from '../../src/core/platform.ts';
import { connect, optionsOf, siteKeys } from './connect.ts';
import { HetznerDriver } from './driver.ts';
import { kinds } from './kinds.ts';
import type { HetznerOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the engine.
  const options = context.options as HetznerOptions;
  checkImageArch(context);
  return new CloudFlight(context, new HetznerDriver(connect(options, context), options, context));
};

export const sweepHetzner = (
  resources: readonly OwnedResource[],
  context: SweepContext,
): Promise<readonly string[]> =>
  sweepCloud(resources, context, kinds, siteKeys, async site =>
    connect(optionsOf(site), { clock: context.clock ?? systemClock, log: context.log }),
  );
