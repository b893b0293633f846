import { HarnessError } from '../../core/errors.ts';

/** A long-term stream as the release server lists it. */
export interface LtsStream {
  /** `3510` of `3510.3.1`. */
  readonly major: string;
  readonly year: string;
  readonly supported: boolean;
}

/** Reads `lts-info`: lines of `major:year:supported|unsupported`. Anything else means that it is not that file. */
export const parseLtsInfo = (text: string, where: string): readonly LtsStream[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const match = /^(\d+):(\d{4}):(supported|unsupported)$/.exec(line);
      const [, major, year, state] = match ?? [];
      if (major === undefined || year === undefined)
        throw new HarnessError(
          'lts-info',
          `${where}: expected major:year:supported or unsupported, found ${JSON.stringify(line.slice(0, 80))}`,
        );
      return { major, year, supported: state === 'supported' };
    });

/** The stream's channel name for a version: `lts-2024`. Undefined when no stream has it. */
export const streamOf = (version: string, streams: readonly LtsStream[]): string | undefined => {
  const stream = streams.find(({ major }) => version.startsWith(`${major}.`));
  return stream === undefined ? undefined : `lts-${stream.year}`;
};
