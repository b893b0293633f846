import {
  type ArchContext,
  type Finding,
  missing,
  noted,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

const bytesPerMB = 1_000_000;

/** No image grew or shrank by more than the stated number of megabytes since the previous release. */
export const imageSize = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.imageSize;
  if (rule === 'off') return [];
  return [
    requirement(
      'imageSize',
      { channel: context.channel.channel, arch: context.arch },
      `image sizes are within ±${rule.deltaMB} MB of the previous release`,
      compareSizes(context, rule.deltaMB),
      rule.severity,
    ),
  ];
};

const compareSizes = (context: ArchContext, deltaMB: number): Finding[] => {
  const { previous, release } = context.input;
  if (previous === undefined) return [noted('no previous release to compare with', null)];
  const images = release?.arches[context.arch]?.images ?? [];
  if (images.length === 0) return [missing('no image is known whose size could be compared', 'supply')];
  const before = new Map(
    previous.release?.arches[context.arch]?.images.map(image => [image.file, image.size]),
  );
  return images.flatMap(image => {
    const old = before.get(image.file);
    const subject = image.file;
    if (image.size === undefined)
      return [missing(`the size of ${subject} is not known`, 'supply', { subject })];
    if (old === undefined) {
      const known = before.size > 0;
      const text = `the size of ${subject} in ${previous.version} is not known`;
      return [known ? noted(`${subject} is new`, null, { subject }) : missing(text, 'supply', { subject })];
    }
    const change = (image.size - old) / bytesPerMB;
    if (Math.abs(change) <= deltaMB) return [];
    return [
      unmet(`${subject} changed by ${change > 0 ? '+' : ''}${Math.round(change)} MB`, 'fix', { subject }),
    ];
  });
};
