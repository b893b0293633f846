import { CloudFlight } from '../../src/cloud/flight.ts';
import { checkImageArch } from '../../src/cloud/image-arch.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect } from './connect.ts';
import { DoDriver } from './driver.ts';
import type { DoOptions } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // Parsed by the engine.
  const options = context.options as DoOptions;
  checkImageArch(context);
  return new CloudFlight(context, new DoDriver(connect(options, context), options, context));
};
