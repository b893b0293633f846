import type { ImageFacts } from '../../core/release-facts.ts';
import {
  type ArchContext,
  type Finding,
  missing,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** Every image's signature was verified, by a key that the policy names if it names any. */
export const imageSignature = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.imageSignature;
  if (rule === 'off') return [];
  const images = context.input.release?.arches[context.arch]?.images ?? [];
  const findings =
    images.length === 0
      ? [missing('no image is known whose signature could be checked', 'supply')]
      : images.map(image => findingOf(image, rule.keys)).filter(one => one !== undefined);
  return [
    requirement(
      'imageSignature',
      { channel: context.channel.channel, arch: context.arch },
      'the images carry a verified signature',
      findings,
      rule.severity,
    ),
  ];
};

const findingOf = (image: ImageFacts, keys: readonly string[]): Finding | undefined => {
  const { signature, file } = image;
  if (signature === undefined)
    return missing(`the signature of ${file} was not checked`, 'supply', { subject: file });
  const detail = { subject: file, evidence: signature.evidence === undefined ? [] : [signature.evidence] };
  if (!signature.verified) return unmet(`the signature of ${file} does not verify`, 'fix', detail);
  const bare = (key: string): string => key.replaceAll(' ', '').toUpperCase();
  if (keys.length > 0 && !keys.some(key => bare(key) === bare(signature.key))) {
    return unmet(`${file} is signed by ${signature.key}, which the policy does not name`, 'fix', detail);
  }
  return undefined;
};
