import { type ReleaseContext, type Requirement, requirement, unmet } from '../requirement.ts';

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** Releases go out early in the week (UTC), so that somebody is there when they turn out bad. */
export const releaseWindow = (context: ReleaseContext): Requirement[] => {
  const rule = context.channel.rules.window;
  if (rule === 'off') return [];
  const today = days[new Date(context.input.now).getUTCDay()] ?? 'sunday';
  return [
    requirement(
      'window',
      { channel: context.channel.channel },
      `released on ${rule.days.join(' or ')}`,
      rule.days.includes(today) ? [] : [unmet(`today is ${today}`, 'wait')],
      rule.severity,
    ),
  ];
};
