import { CloudFlight } from '../../src/cloud/flight.ts';
import { checkImageArch } from '../../src/cloud/image-arch.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect } from './connect.ts';
import { OpenStackDriver } from './driver.ts';
import type { OpenStackOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the engine.
  const options = context.options as OpenStackOptions;
  checkImageArch(context);
  return new CloudFlight(context, new OpenStackDriver(connect(options, context), options, context));
};
