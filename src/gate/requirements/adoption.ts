import {
  type Finding,
  missing,
  noted,
  type ReleaseContext,
  type Requirement,
  requirement,
} from '../requirement.ts';

/** Enough machines ran the version, or the one it is promoted from, to have met what only the field shows. */
export const adoption = (context: ReleaseContext): Requirement[] => {
  const rule = context.channel.rules.adoption;
  if (rule === 'off') return [];
  return [
    requirement(
      'adoption',
      { channel: context.channel.channel },
      `at least ${rule.machines} machine(s) ran it before`,
      findings(context, rule.machines),
      rule.severity,
    ),
  ];
};

const findings = (context: ReleaseContext, machines: number): Finding[] => {
  const versions = [context.input.candidate.version, context.input.release?.promotedFrom?.version];
  const known = context.input.adoption.filter(one => versions.includes(one.version));
  if (known.length === 0) return [missing('nothing is known about how many machines run it', 'supply')];
  const most = Math.max(...known.map(one => one.machines));
  const text = `${most} machine(s) ran it at most`;
  return [most >= machines ? noted(text, null) : missing(`${text}, ${machines} are wanted`, 'wait')];
};
