import { type ArchContext, missing, type Requirement, requirement } from '../requirement.ts';

/** The digests of the images are on record: the meeting signs off bytes, not a version string. */
export const imageDigest = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.imageDigest;
  if (rule === 'off') return [];
  const images = context.input.release?.arches[context.arch]?.images ?? [];
  const uncovered = context.blocking.filter(
    platform => !images.some(image => image.platform === undefined || image.platform === platform),
  );
  const findings =
    images.length === 0
      ? [
          missing(
            `no image digest of ${context.input.candidate.version} is known for ${context.arch}`,
            'supply',
          ),
        ]
      : uncovered.map(platform =>
          missing(`no image digest is known for ${platform}/${context.arch}`, 'supply', {
            subject: platform,
          }),
        );
  return [
    requirement(
      'imageDigest',
      { channel: context.channel.channel, arch: context.arch },
      'the digests of the tested images are known',
      findings,
      rule.severity,
    ),
  ];
};
