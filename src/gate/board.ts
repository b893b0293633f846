import type { Arch } from '../core/target.ts';
import { allRequirements } from './agenda.ts';
import type { Decision, Verdict } from './verdict.ts';

/** One line of the board of a release day: a channel or stream on one architecture. */
export interface BoardRow {
  readonly channel: string;
  readonly version: string;
  readonly arch: Arch;
  readonly decision: Decision;
  readonly digests: readonly string[];
  readonly unmet: number;
  readonly missing: number;
  readonly waived: number;
  readonly warnings: number;
  readonly tested: number;
  readonly expected: number;
  readonly flaky: number;
}

/** All streams of a release day beside each other; the day is a GO only where every row is. */
export const releaseBoard = (
  verdicts: readonly Verdict[],
): { readonly overall: Decision; readonly rows: readonly BoardRow[] } => {
  const rows = verdicts.flatMap(verdict => verdict.arches.map(arch => boardRow(verdict, arch.arch)));
  const decisions = rows.map(row => row.decision);
  const overall = decisions.includes('NO-GO')
    ? 'NO-GO'
    : decisions.length === 0 || decisions.includes('UNDECIDED')
      ? 'UNDECIDED'
      : 'GO';
  return { overall, rows };
};

const boardRow = (verdict: Verdict, arch: Arch): BoardRow => {
  const own = verdict.arches.find(one => one.arch === arch);
  const requirements = allRequirements(verdict).filter(
    one => one.scope.arch === arch || one.scope.arch === null,
  );
  const count = (state: string): number =>
    requirements.filter(one => one.state === state && one.severity === 'blocking').length;
  const counts = own?.counts ?? { passed: 0, flaky: 0, failed: 0, waived: 0, missing: 0 };
  const tested = counts.passed + counts.flaky + counts.failed + counts.waived;
  return {
    channel: verdict.candidate.channel,
    version: verdict.candidate.version,
    arch,
    decision: own?.decision ?? 'UNDECIDED',
    digests: own?.digests ?? [],
    unmet: count('unmet'),
    missing: count('missing'),
    waived: count('waived'),
    warnings: requirements.filter(
      one => one.severity === 'warning' && (one.state === 'unmet' || one.state === 'missing'),
    ).length,
    tested,
    expected: tested + counts.missing,
    flaky: counts.flaky,
  };
};
