import type { Finding, Requirement } from './requirement.ts';
import type { Verdict } from './verdict.ts';

/** One line of the meeting's agenda (V3). */
export interface AgendaItem {
  readonly requirement: Pick<Requirement, 'id' | 'rule' | 'text' | 'scope' | 'severity'>;
  readonly finding: Finding;
}

export const allRequirements = (verdict: Verdict): Requirement[] => [
  ...verdict.arches.flatMap(arch => arch.requirements),
  ...verdict.requirements,
];

const weight = { unmet: 0, missing: 1, waived: 2, met: 3 } as const;

/** What has to be talked about: blocking before warnings, unmet before missing, else in the policy's order. */
export const agenda = (verdict: Verdict): AgendaItem[] =>
  allRequirements(verdict)
    .flatMap(requirement =>
      requirement.findings
        .filter(finding => finding.state === 'unmet' || finding.state === 'missing')
        .map(finding => ({ requirement, finding })),
    )
    .sort(
      (a, b) =>
        Number(a.requirement.severity === 'warning') - Number(b.requirement.severity === 'warning') ||
        weight[a.finding.state] - weight[b.finding.state],
    );
