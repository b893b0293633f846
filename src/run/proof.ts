import { isInfrastructure } from '../core/outcome.ts';
import type { ProofVerdict } from '../core/proof.ts';
import type { Sabotage, StatedFailure } from '../core/sabotage.ts';
import type { PlayedAttempt } from './attempt.ts';
import type { AttemptOutcome } from './retry.ts';
import { sabotageFailed } from './sabotage.ts';

export interface ProofFinding {
  readonly verdict: ProofVerdict;
  /** How it failed, or why that was not tried. */
  readonly found?: string;
}

const firstLine = ({ outcome, reason }: AttemptOutcome): string =>
  `${outcome}${reason === undefined ? '' : `: ${reason.split('\n', 1)[0]}`}`;

/** What a result without sabotage means for the proof; undefined = it passed, so that the fault can be tried. */
export const judgeSound = (result: AttemptOutcome): ProofFinding | undefined => {
  if (result.known !== undefined)
    return { verdict: 'blocked', found: `known issue ${result.known}: ${firstLine(result)}` };
  switch (result.outcome) {
    case 'passed':
    case 'flaky':
      return undefined;
    case 'interrupted':
    case 'notrun':
      return { verdict: 'notrun', found: firstLine(result) };
    case 'skipped':
      return { verdict: 'blocked', found: firstLine(result) };
    case 'blocked':
      return {
        verdict: result.failure?.kind === 'scenario' ? 'unsound' : 'blocked',
        found: firstLine(result),
      };
    case 'failed':
    case 'timedout':
      return { verdict: 'unsound', found: firstLine(result) };
  }
};

/** What the last attempt under sabotage means. Failing is not enough: it has to fail as it was stated. */
export const judgeSabotaged = (sabotage: Sabotage, played: PlayedAttempt): ProofFinding => {
  const { outcome } = played;
  const found = firstLine(outcome);
  switch (outcome.outcome) {
    case 'passed':
    case 'flaky':
      return played.sabotaged === 0
        ? { verdict: 'still-passed', found: `it had no machine ${sabotage.role ?? ''} to harm` }
        : { verdict: 'still-passed' };
    case 'interrupted':
    case 'notrun':
      return { verdict: 'notrun', found };
    case 'skipped':
      return { verdict: 'other-cause', found };
    case 'blocked':
      return { verdict: isOutage(outcome) ? 'blocked' : 'other-cause', found };
    case 'failed':
    case 'timedout':
      if (isBeforeFault(sabotage, played))
        return { verdict: 'blocked', found: `before the fault was made: ${found}` };
      return { verdict: isAsStated(sabotage.fails, played) ? 'proven' : 'other-cause', found };
  }
};

/** The machine failed before it was harmed, which says nothing about the fault: one like it had just passed. */
const isBeforeFault = ({ kind }: Sabotage, { sabotaged, outcome }: PlayedAttempt): boolean =>
  kind === 'guest' && sabotaged === 0 && outcome.failure?.code !== sabotageFailed;

/** A scenario that blocks itself because of the fault has seen it and not failed: that is no outage. */
const isOutage = ({ failure }: AttemptOutcome): boolean =>
  failure !== undefined && failure.code !== 'blocked' && isInfrastructure(failure.kind);

const isAsStated = ({ check, says }: StatedFailure, { outcome, brokenChecks }: PlayedAttempt): boolean =>
  outcome.failure?.code !== sabotageFailed &&
  (check === undefined || brokenChecks.includes(check)) &&
  (says === undefined || says.test(outcome.failure?.message ?? ''));
