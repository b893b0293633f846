import { CloudFlight } from '../../src/cloud/flight.ts';
import { checkImageArch } from '../../src/cloud/image-arch.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect, endpointOf, refuseSunset } from './connect.ts';
import { MetalDriver } from './driver.ts';
import type { MetalOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the caller.
  const options = context.options as MetalOptions;
  // Said before anything about credentials: nobody has to look for any.
  refuseSunset(endpointOf(options));
  checkImageArch(context);
  return new CloudFlight(context, new MetalDriver(await connect(options, context), options, context));
};
