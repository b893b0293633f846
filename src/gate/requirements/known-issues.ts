import { affectsCandidate } from '../issues.ts';
import { type ReleaseContext, type Requirement, requirement, unmet } from '../requirement.ts';

/** No more known issues are open against the version than the channel takes; stable takes none. */
export const knownIssues = (context: ReleaseContext): Requirement[] => {
  const rule = context.channel.rules.knownIssues;
  if (rule === 'off') return [];
  const open = context.input.issues.filter(
    issue => rule.kinds.includes(issue.kind) && issue.state === 'open' && affectsCandidate(issue, context),
  );
  return [
    requirement(
      'knownIssues',
      { channel: context.channel.channel },
      rule.max === 0 ? 'no known issue is open' : `at most ${rule.max} known issue(s) are open`,
      open.length <= rule.max
        ? []
        : open.map(issue =>
            unmet(`${issue.kind} issue ${issue.id} is open: ${issue.title}`, 'fix', {
              subject: issue.id,
              evidence: [issue.url],
              since: issue.openedAt === undefined ? null : Date.parse(issue.openedAt),
            }),
          ),
      rule.severity,
    ),
  ];
};
