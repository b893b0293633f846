import { CloudFlight } from '../../src/cloud/flight.ts';
import { checkImageArch } from '../../src/cloud/image-arch.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect } from './connect.ts';
import { AzureDriver } from './driver.ts';
import type { AzureOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the engine.
  const options = context.options as AzureOptions;
  checkImageArch(context);
  const cloud = await connect(options, context);
  return new CloudFlight(context, new AzureDriver(cloud, options, context));
};
