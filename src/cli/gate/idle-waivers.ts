import { anyMatches } from '../../core/glob.ts';
import { compareVersions } from '../../core/version.ts';
import type { GateInput } from '../../gate/input.ts';
import { waiverUse } from '../../gate/waiver-use.ts';

/** Waivers of this release that do nothing: past their day, or about nothing that was tested in it or before it. */
export const idleWaivers = ({ waivers, candidate, targets, previous, now }: GateInput): string[] => {
  const ofRelease = waivers.filter(
    ({ channels, versions }) =>
      anyMatches(channels, candidate.channel) &&
      compareVersions(candidate.version, versions.from) >= 0 &&
      compareVersions(candidate.version, versions.until) < 0,
  );
  return waiverUse(ofRelease, [...targets, ...(previous?.targets ?? [])], now).flatMap((use, index) => {
    const { scenario } = ofRelease[index] ?? {};
    if (use.expired) return [`${use.id} has expired and covers nothing`];
    return use.matchesNothing
      ? [`${use.id} matches nothing: no result of ${scenario} is in its scope (a typo, or not run)`]
      : [];
  });
};
