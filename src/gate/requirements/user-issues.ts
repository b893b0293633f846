import { affectsCandidate } from '../issues.ts';
import { type ReleaseContext, type Requirement, requirement, unmet } from '../requirement.ts';

/** Issues that users opened against the version, or against the version it was promoted from, are few enough. */
export const userIssues = (context: ReleaseContext): Requirement[] => {
  const rule = context.channel.rules.userIssues;
  if (rule === 'off') return [];
  const open = context.input.issues.filter(
    issue => issue.kind === 'user' && issue.state === 'open' && affectsCandidate(issue, context),
  );
  return [
    requirement(
      'userIssues',
      { channel: context.channel.channel },
      `at most ${rule.max} user issue(s) are open against the version`,
      open.length <= rule.max
        ? []
        : open.map(issue =>
            unmet(`user issue ${issue.id} is open: ${issue.title}`, 'fix', {
              subject: issue.id,
              evidence: [issue.url],
              since: issue.openedAt === undefined ? null : Date.parse(issue.openedAt),
            }),
          ),
      rule.severity,
    ),
  ];
};
