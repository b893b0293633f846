import { CloudFlight } from '../../src/cloud/flight.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect } from './connect.ts';
import { AzureDriver } from './driver.ts';
import type { AzureOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the engine.
  const options = context.options as AzureOptions;
  const { arch, image } = context;
  if (image.manifest.arch !== arch)
    throw new UsageError(
      'image-arch',
      `expected an image for ${arch}, found one for ${image.manifest.arch}: ${image.disk}`,
    );
  const cloud = await connect(options, context);
  return new CloudFlight(context, new AzureDriver(cloud, options, context));
};
