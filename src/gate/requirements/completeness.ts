import { type ArchContext, missing, type Requirement, requirement } from '../requirement.ts';

/**
 * Every result that a counted run planned is in the store. This is what makes a verdict impossible to improve by
 * losing evidence, and it cannot be switched off: a run that was killed is resumed, or set aside on record.
 */
export const completeness = (context: ArchContext): Requirement[] => {
  const findings = context.cells
    .filter(cell => cell.required)
    .flatMap(cell =>
      cell.holes.map(run => ({ run, subject: `${cell.platform}/${cell.arch}:${cell.scenario}` })),
    );
  const byRun = [...Map.groupBy(findings, one => one.run)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    requirement(
      'completeness',
      { channel: context.channel.channel, arch: context.arch },
      'every result that a run planned has arrived',
      byRun.map(([run, holes]) =>
        missing(
          `run ${run} planned ${holes.length} result(s) that never arrived (${holes[0]?.subject}${holes.length > 1 ? ' …' : ''}): resume it, import it again, or set it aside on record`,
          'rerun',
          { subject: run, evidence: [`run/${run}`], since: startOf(context, run) },
        ),
      ),
    ),
  ];
};

const startOf = (context: ArchContext, run: string): number | null =>
  context.targets.find(target => target.run === run)?.startedAt ?? null;
