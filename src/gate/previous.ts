import type { TargetRecord } from '../core/history.ts';
import type { GateInput } from './input.ts';

/** Why a target of an earlier release is no yardstick: the same conditions as for the candidate, but for the image. */
export const whyNotCountedForPrevious = (target: TargetRecord, input: GateInput): string | undefined => {
  const { counts, id } = input.policy.policy;
  if (!counts.imageKinds.includes(target.kind)) return `it tested a ${target.kind} image`;
  if (target.synthetic && !counts.synthetic) return 'its results are synthetic';
  if (target.policy !== null && target.policy !== id) return `it was made for the policy ${target.policy}`;
  return undefined;
};
