import { CloudFlight } from '../../src/cloud/flight.ts';
import { checkImageArch } from '../../src/cloud/image-arch.ts';
import type { Flight, FlightContext } from '../../src/core/platform.ts';
import { connect } from './connect.ts';
import { AwsDriver } from './driver.ts';
import type { optionsSchema } from './options.ts';

export const openFlight = async (context: FlightContext): Promise<Flight> => {
  // What the engine hands over was parsed before, lists are lists already.
  const options = context.options as ReturnType<typeof optionsSchema.parse>;
  checkImageArch(context);
  const cloud = await connect(options, context);
  return new CloudFlight(context, new AwsDriver(cloud, options, context));
};
