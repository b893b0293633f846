import { UsageError } from '../../core/errors.ts';
import { ltsYear } from '../../core/version.ts';
import { newestVersion } from '../../image/release/locate.ts';
import { streamOf } from '../../image/release/lts-info.ts';
import { ltsStreams, type ReleaseContext } from '../../image/release/release.ts';

/** A channel and version as somebody asked for them. */
export interface Asked {
  readonly channel: string;
  readonly version: string;
}

/**
 * `lts` becomes the stream that the version belongs to, `current` the newest supported one, by the list of the release
 * server: policies know streams. Says so when a stream is listed as not supported any more.
 */
export const resolveStream = async (asked: Asked, context: ReleaseContext): Promise<Asked> => {
  if (asked.channel !== 'lts' && ltsYear(asked.channel) === undefined) return asked;
  const streams = await ltsStreams(context);
  const newest = streams
    .filter(({ supported }) => supported)
    .sort((a, b) => Number(b.year) - Number(a.year))[0];
  const channel =
    asked.channel !== 'lts'
      ? asked.channel
      : asked.version === newestVersion
        ? newest && `lts-${newest.year}`
        : streamOf(asked.version, streams);
  if (channel === undefined)
    throw new UsageError('lts-stream', `no LTS stream has version ${asked.version}`, {
      hint: `listed: ${streams.map(({ major, year }) => `${major} = lts-${year}`).join(', ') || 'none'}`,
    });
  const own = streams.find(({ year }) => `lts-${year}` === channel);
  if (own?.supported === false) context.log(`The stream ${channel} is listed as not supported any more`);
  return { ...asked, channel };
};
