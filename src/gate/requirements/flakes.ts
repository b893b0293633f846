import { type ArchContext, noted, type Requirement, requirement, unmet } from '../requirement.ts';

/** Scenarios that failed and passed on the same image stay within a budget: each is shown, none is silently green. */
export const flakes = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.flakes;
  if (rule === 'off') return [];
  const flaky = context.cells.filter(cell => cell.required && cell.judgement.state === 'flaky');
  const over = flaky.length > rule.budget;
  return [
    requirement(
      'flakes',
      { channel: context.channel.channel, arch: context.arch },
      `at most ${rule.budget} flaky scenario(s)`,
      flaky.map(cell => {
        const subject = `${cell.platform}/${cell.arch}:${cell.scenario}`;
        const { why, evidence, since } = cell.judgement;
        const text = `${subject} is flaky (${flaky.length} of ${rule.budget} allowed): ${why}`;
        return over
          ? unmet(text, 'fix', { subject, evidence, since })
          : noted(text, 'fix', { subject, evidence, since });
      }),
      rule.severity,
    ),
  ];
};
