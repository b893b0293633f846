import { exitCode } from '../core/outcome.ts';
import { disproves, type ProofVerdict, proofVerdicts, proofWords } from '../core/proof.ts';
import type { Verdict } from './verdict.ts';

export interface ProveVerdictInput {
  readonly proofs: readonly ProofVerdict[];
  readonly interrupted: boolean;
  /** A scenario without a sabotage is let pass. */
  readonly allowUndeclared: boolean;
}

/**
 * One scenario whose green means nothing makes the run fail. What was blocked, or did not come to its turn, is
 * neutral; but a run that proved nothing at all because everything was blocked has not passed.
 */
export const judgeProofs = ({
  proofs,
  interrupted,
  allowUndeclared,
}: ProveVerdictInput): Omit<Verdict, 'counts'> => {
  const count = (verdict: ProofVerdict): number => proofs.filter(one => one === verdict).length;
  const parts = proofVerdicts.filter(one => count(one) > 0).map(one => `${count(one)} ${proofWords[one]}`);
  const say = (code: Verdict['exitCode'], word: string): Omit<Verdict, 'counts'> => ({
    exitCode: code,
    text: `${word}: ${parts.length === 0 ? 'no scenario' : `${parts.join(', ')} of ${proofs.length}`}`,
  });
  if (interrupted) return say(exitCode.interrupted, 'INTERRUPTED');
  if (proofs.some(disproves)) return say(exitCode.failed, 'DISPROVEN');
  if (!allowUndeclared && count('undeclared') > 0) return say(exitCode.failed, 'NOT ALL PROVEN');
  if (proofs.length === 0) return say(exitCode.nothingSelected, 'NOTHING SELECTED');
  if (count('proven') === 0 && count('blocked') > 0) return say(exitCode.infrastructure, 'BLOCKED');
  return say(exitCode.passed, count('proven') === 0 ? 'NOTHING PROVEN' : 'PROVEN');
};
