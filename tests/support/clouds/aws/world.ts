import { platform } from '../../../../platforms/aws/index.ts';
import type { PlatformDefinition } from '../../../../src/core/platform.ts';
import { hastyClock } from '../hasty-clock.ts';
import { PlayedGuests } from '../played-guests.ts';
import { type SimulatedAws, startAws } from './index.ts';

/** The adapter with a region whose machines are played and whose hours pass in seconds. */
export const awsWorld = async (): Promise<{
  readonly aws: SimulatedAws;
  readonly platform: PlatformDefinition;
  readonly clock: ReturnType<typeof hastyClock>;
}> => {
  const aws = await startAws(new PlayedGuests());
  aws.ec2.settings.pace = 2;
  return { aws, platform, clock: hastyClock() };
};
