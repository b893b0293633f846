import { type Finding, missing, type ReleaseContext, type Requirement, requirement } from '../requirement.ts';

const day = 86_400_000;

/** The version spent the stated number of days in the channel it is promoted from. */
export const soak = (context: ReleaseContext): Requirement[] => {
  const rule = context.channel.rules.soak;
  if (rule === 'off') return [];
  return [
    requirement(
      'soak',
      { channel: context.channel.channel },
      `${rule.days} day(s) in the channel before`,
      findings(context, rule.days),
      rule.severity,
    ),
  ];
};

const findings = (context: ReleaseContext, days: number): Finding[] => {
  const from = context.input.release?.promotedFrom;
  if (from === undefined) return [missing('nothing says which release this one is promoted from', 'supply')];
  const source = context.input.ancestors.find(
    one => one.channel === from.channel && one.version === from.version,
  );
  if (source?.releasedAt === undefined) {
    return [missing(`nothing says since when ${from.version} is in ${from.channel}`, 'supply')];
  }
  const since = Date.parse(source.releasedAt);
  const soaked = Math.floor((context.input.now - since) / day);
  if (soaked >= days) return [];
  const text = `${from.version} is in ${from.channel} for ${soaked} of ${days} day(s)`;
  return [missing(text, 'wait', { subject: from.version, since })];
};
