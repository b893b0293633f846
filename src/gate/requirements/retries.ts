import { type ArchContext, type Requirement, requirement, unmet } from '../requirement.ts';

/** No pass was bought with more attempts than the ceiling: success on the twentieth try is no success. */
export const retries = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.retries;
  if (rule === 'off') return [];
  return [
    requirement(
      'retries',
      { channel: context.channel.channel, arch: context.arch },
      `no scenario needs more than ${rule.ceiling} attempts`,
      context.cells
        .filter(cell => cell.required && (cell.judgement.attempts ?? 0) > rule.ceiling)
        .map(cell => {
          const subject = `${cell.platform}/${cell.arch}:${cell.scenario}`;
          const { attempts, evidence, passedAt } = cell.judgement;
          return unmet(`${subject} passed only on attempt ${attempts}`, 'fix', {
            subject,
            evidence,
            since: passedAt,
          });
        }),
      rule.severity,
    ),
  ];
};
