import {
  type ArchContext,
  type Finding,
  missing,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** The update payload is signed with the release key: an offline step that is easily forgotten. */
export const payload = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.payload;
  if (rule === 'off') return [];
  const known = context.input.release?.arches[context.arch]?.payload;
  const evidence = known?.evidence === undefined ? [] : [known.evidence];
  const findings: Finding[] = [];
  if (known === undefined)
    findings.push(missing(`nothing is known about the update payload for ${context.arch}`, 'supply'));
  else if (!known.signed)
    findings.push(unmet(`the update payload for ${context.arch} is not signed`, 'fix', { evidence }));
  return [
    requirement(
      'payload',
      { channel: context.channel.channel, arch: context.arch },
      'the update payload is signed',
      findings,
      rule.severity,
    ),
  ];
};
