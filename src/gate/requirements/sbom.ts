import { type ArchContext, missing, type Requirement, requirement } from '../requirement.ts';

/** A software bill of materials is published with the release. */
export const sbom = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.sbom;
  if (rule === 'off') return [];
  const known = context.input.release?.arches[context.arch]?.sbom;
  return [
    requirement(
      'sbom',
      { channel: context.channel.channel, arch: context.arch },
      'a software bill of materials is there',
      known === undefined ? [missing(`no SBOM is known for ${context.arch}`, 'supply')] : [],
      rule.severity,
    ),
  ];
};
