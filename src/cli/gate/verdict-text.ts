import { printable } from '../../../reports/printable.ts';
import { allRequirements } from '../../gate/agenda.ts';
import { countGroups, type FailureGroup } from '../../gate/groups.ts';
import type { Requirement, RequirementState } from '../../gate/requirement.ts';
import type { Verdict } from '../../gate/verdict.ts';

/** Findings of one requirement that are printed; `--json` has all. */
const shownFindings = 4;
/** Targets that do not count, likewise. */
const shownIgnored = 10;

/** A verdict for a terminal: the answer first, then what keeps it from being a GO. */
export const verdictText = (
  verdict: Verdict,
  groups: readonly FailureGroup[],
  idle: readonly string[],
): readonly string[] => {
  const requirements = allRequirements(verdict);
  const open = (severity: Requirement['severity'], state: RequirementState): readonly Requirement[] =>
    requirements.filter(one => one.severity === severity && one.state === state);
  return [
    `${verdict.candidate.channel} ${verdict.candidate.version}: ${verdict.overall}`,
    ...verdict.notices.map(notice => `note: ${notice}`),
    `policy ${verdict.policy.id} (${verdict.policy.hash.slice(0, 19)}…), as of ${verdict.at}`,
    ...verdict.arches.map(({ arch, decision, counts }) => {
      const numbers = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
      return `  ${arch.padEnd(6)} ${decision.padEnd(10)} ${numbers.join(', ')}`;
    }),
    ...section('Unmet', open('blocking', 'unmet')),
    ...section('Missing', open('blocking', 'missing')),
    ...section('Warnings', [...open('warning', 'unmet'), ...open('warning', 'missing')]),
    ...section('Waived', [...open('blocking', 'waived'), ...open('warning', 'waived')]),
    ...(idle.length === 0 ? [] : ['', 'Waivers to look at:', ...idle.map(one => `  ${one}`)]),
    ...failures(groups),
    ...ignored(verdict.ignored),
  ].map(line => printable(line.replaceAll('\n', ' ')));
};

const section = (title: string, requirements: readonly Requirement[]): readonly string[] =>
  requirements.length === 0
    ? []
    : ['', `${title}:`, ...requirements.flatMap(requirement => requirementLines(requirement))];

const requirementLines = (requirement: Requirement): readonly string[] => {
  const findings = requirement.findings.filter(one => one.state !== 'met');
  const rest = findings.length - shownFindings;
  return [
    `  ${requirement.id}: ${requirement.text}`,
    ...findings.slice(0, shownFindings).map(({ text, action, evidence }) => {
      const todo = action === null ? '' : ` → ${action}`;
      const link = evidence[0] === undefined ? '' : `  [${evidence[0]}]`;
      return `      ${text}${todo}${link}`;
    }),
    ...(rest > 0 ? [`      … and ${rest} more`] : []),
  ];
};

const failures = (groups: readonly FailureGroup[]): readonly string[] =>
  groups.length === 0
    ? []
    : [
        '',
        `${countGroups(groups)}:`,
        ...groups.flatMap(group => [
          `  ${group.failures} × ${group.cause}`,
          `      ${group.scenarios.join(', ')} on ${group.places.join(', ')}`,
          `      first seen in ${group.firstSeen.version}${group.onPrevious ? ', also in the previous release' : ''}${known(group)}`,
          `      ${group.repro}`,
        ]),
      ];

const known = ({ issues }: FailureGroup): string =>
  issues.length === 0 ? '' : `, known: ${issues.map(({ id, state }) => `${id} (${state})`).join(', ')}`;

const ignored = (targets: Verdict['ignored']): readonly string[] => {
  if (targets.length === 0) return [];
  const rest = targets.length - shownIgnored;
  return [
    '',
    'Not counted:',
    ...targets.slice(0, shownIgnored).map(({ run, target, reason }) => `  run ${run}, ${target}: ${reason}`),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ];
};
