import { majorOf } from '../../core/version.ts';
import {
  type Finding,
  missing,
  type ReleaseContext,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** The version belongs to the channel by its numbers, and the channel has not reached its end of life. */
export const stream = (context: ReleaseContext): Requirement[] => {
  const { channel, major, minors, endOfLife } = context.channel;
  const { version } = context.input.candidate;
  const minor = Number(version.split(/[.+-]/)[1] ?? Number.NaN);
  const findings: Finding[] = [];
  if (major !== undefined && majorOf(version) !== String(major)) {
    findings.push(unmet(`${version} is not of ${channel}, whose versions begin with ${major}`, 'fix'));
  }
  if (minors !== undefined && !(minor >= minors.from && minor < (minors.until ?? Number.POSITIVE_INFINITY))) {
    const until = minors.until === undefined ? 'or more' : `up to ${minors.until - 1}`;
    findings.push(
      unmet(`${version} is not of ${channel}, whose minor number is ${minors.from} ${until}`, 'fix'),
    );
  }
  if (endOfLife === 'unknown') {
    findings.push(
      missing(
        `the policy does not say when ${channel} ends: fill in channels.${channel}.endOfLife`,
        'supply',
      ),
    );
  } else if (endOfLife !== undefined && context.input.now >= Date.parse(`${endOfLife}T00:00:00Z`)) {
    findings.push(unmet(`${channel} reached its end of life on ${endOfLife}`, null));
  }
  return [
    requirement('stream', { channel }, `the version belongs to ${channel}, which is supported`, findings),
  ];
};
