import type { TargetRecord } from '../core/history.ts';
import type { GateInput } from './input.ts';
import type { ChannelRules } from './policy/load.ts';

/**
 * Why a target's results say nothing about the candidate; undefined = they count. Asked of every target before
 * anything else looks at it, so that no requirement can forget one of the conditions.
 */
export const whyNotCounted = (
  target: TargetRecord,
  input: GateInput,
  channel: ChannelRules,
): string | undefined => {
  const { counts, id } = input.policy.policy;
  if (!channel.names.includes(target.channel)) return `it ran for channel ${target.channel}`;
  if (target.version !== input.candidate.version) return `it tested version ${target.version}`;
  if (!counts.imageKinds.includes(target.kind)) {
    return `it tested a ${target.kind} image; the policy ${id} counts ${counts.imageKinds.join(' and ')} images only`;
  }
  if (target.synthetic && !counts.synthetic) return 'its results are synthetic';
  if (target.policy !== null && target.policy !== id) return `it was made for the policy ${target.policy}`;
  if (input.setAside.some(one => one.run === target.run)) return 'it was set aside on record';
  // Half a day allows for any time zone mistake, and is far less than a run that claims to be next year's.
  if (target.startedAt > input.now + 12 * 3_600_000) return 'its clock was ahead: it started in the future';
  return whyOtherImage(target, input);
};

const whyOtherImage = (target: TargetRecord, input: GateInput): string | undefined => {
  const facts = input.release?.arches[target.arch];
  if (facts === undefined) return `no image digest of this release is known for ${target.arch}`;
  const own = facts.images.filter(
    image => image.platform === undefined || image.platform === target.platform,
  );
  if (own.some(image => image.digest === target.digest)) return undefined;
  if (facts.updates?.some(payload => payload.digest === target.digest) === true) return undefined;
  return target.digest === 'unknown'
    ? 'it does not say which image it tested'
    : `it tested another image (${target.digest.slice(0, 19)}…)`;
};
