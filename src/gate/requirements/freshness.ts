import { type ArchContext, missing, type Requirement, requirement } from '../requirement.ts';

/** Passes are not older than N hours: what the image was tested against (clouds, registries) moves on. */
export const freshness = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.freshness;
  if (rule === 'off') return [];
  const oldest = context.input.now - rule.hours * 3_600_000;
  return [
    requirement(
      'freshness',
      { channel: context.channel.channel, arch: context.arch },
      `results are at most ${rule.hours} hours old`,
      context.cells
        .filter(cell => cell.required && cell.judgement.passedAt !== null && cell.judgement.passedAt < oldest)
        .map(cell => {
          const subject = `${cell.platform}/${cell.arch}:${cell.scenario}`;
          const age = Math.floor((context.input.now - (cell.judgement.passedAt ?? 0)) / 3_600_000);
          return missing(`${subject} passed ${age} hours ago`, 'rerun', {
            subject,
            evidence: cell.judgement.evidence,
            since: cell.judgement.passedAt,
          });
        }),
      rule.severity,
    ),
  ];
};
