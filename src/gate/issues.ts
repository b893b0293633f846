import { globMatches } from '../core/glob.ts';
import type { ReleaseIssue } from '../core/release-facts.ts';
import type { ReleaseContext } from './requirement.ts';

/** Whether an issue is about the candidate, or about the version it was promoted from. */
export const affectsCandidate = (issue: ReleaseIssue, context: ReleaseContext): boolean => {
  const { candidate, release } = context.input;
  const versions = [candidate.version, release?.promotedFrom?.version].filter(one => one !== undefined);
  const channels = [...context.channel.names, release?.promotedFrom?.channel].filter(
    one => one !== undefined,
  );
  return (
    (issue.channels.length === 0 || issue.channels.some(one => channels.includes(one))) &&
    (issue.versions.length === 0 ||
      issue.versions.some(one => versions.some(version => globMatches(one, version))))
  );
};
