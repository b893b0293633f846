import { CloudFlight } from '../../src/cloud/flight.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect, endpointOf, refuseSunset } from './connect.ts';
import { MetalDriver } from './driver.ts';
import type { MetalOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the caller.
  const options = context.options as MetalOptions;
  const { arch, image } = context;
  // Said before anything about credentials: nobody has to look for any.
  refuseSunset(endpointOf(options));
  if (image.manifest.arch !== arch)
    throw new UsageError(
      'image-arch',
      `expected an image for ${arch}, found one for ${image.manifest.arch}: ${image.disk}`,
    );
  return new CloudFlight(context, new MetalDriver(await connect(options, context), options, context));
};
