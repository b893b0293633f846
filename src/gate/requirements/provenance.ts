import {
  type ArchContext,
  type Finding,
  missing,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** SLSA provenance of at least the stated level is published with the release. */
export const provenance = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.provenance;
  if (rule === 'off') return [];
  const known = context.input.release?.arches[context.arch]?.provenance;
  const findings: Finding[] = [];
  if (known === undefined)
    findings.push(missing(`no SLSA provenance is known for ${context.arch}`, 'supply'));
  else if (known.level < rule.level) {
    const text = `SLSA provenance is of level ${known.level}, level ${rule.level} is wanted`;
    findings.push(unmet(text, 'fix', { evidence: [known.evidence] }));
  }
  return [
    requirement(
      'provenance',
      { channel: context.channel.channel, arch: context.arch },
      `SLSA provenance of level ${rule.level} is there`,
      findings,
      rule.severity,
    ),
  ];
};
