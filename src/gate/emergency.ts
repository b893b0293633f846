import type { Emergency } from './input.ts';
import type { Policy } from './policy/schema.ts';
import type { Requirement } from './requirement.ts';

/** Why an emergency may not shorten what it wants to; undefined = it may. */
export const emergencyFault = (emergency: Emergency, policy: Policy): string | undefined => {
  const rule = policy.emergency;
  if (rule === undefined) return `the policy ${policy.id} knows no emergency releases`;
  const refused = emergency.shorten.filter(name => !rule.mayShorten.includes(name));
  if (refused.length > 0) {
    return `the policy does not let ${refused.join(', ')} be shortened (only ${rule.mayShorten.join(', ')})`;
  }
  if (rule.approvers.length === 0)
    return `the policy ${policy.id} names nobody who may approve it: fill in emergency.approvers`;
  const approvers = new Set(emergency.approvedBy.filter(handle => rule.approvers.includes(handle)));
  if (approvers.size < rule.approvals) {
    return `${approvers.size} of ${rule.approvals} approvals by ${rule.approvers.join(', ')}`;
  }
  return undefined;
};

/** Turns what the emergency shortens from unmet or missing into waived, with the names of those who said so. */
export const shortened = (
  requirement: Requirement,
  emergency: Emergency | undefined,
  policy: Policy,
): Requirement => {
  if (emergency === undefined || !emergency.shorten.includes(requirement.rule)) return requirement;
  if (requirement.state === 'met' || requirement.state === 'waived') return requirement;
  const fault = emergencyFault(emergency, policy);
  const why = `${emergency.kind} (${emergency.reason})`;
  if (fault !== undefined) {
    const text = `${why} would shorten this, but: ${fault}`;
    return {
      ...requirement,
      findings: [
        { state: requirement.state, text, subject: '', evidence: [], since: null, action: null },
        ...requirement.findings,
      ],
    };
  }
  const approvers = [...new Set(emergency.approvedBy)].sort().join(', ');
  return {
    ...requirement,
    state: 'waived',
    findings: requirement.findings.map(finding =>
      finding.state === 'met'
        ? finding
        : { ...finding, state: 'waived', text: `${finding.text}; shortened by ${approvers}: ${why}` },
    ),
  };
};
