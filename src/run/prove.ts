import type { Sabotage } from '../core/sabotage.ts';
import type { Subject } from '../core/target.ts';
import { emitResult } from './emit-result.ts';
import type { PlanItem } from './plan-item.ts';
import { judgeSabotaged, judgeSound, type ProofFinding } from './proof.ts';
import { type AttemptOutcome, resultOf } from './retry.ts';
import { playScenario, type TriesOptions } from './tries.ts';

export interface ProveOptions extends TriesOptions {
  /** Adds to a result the known issue that explains it. */
  readonly explain: (subject: Subject, result: AttemptOutcome) => AttemptOutcome;
  /** Writes the proof down; `attempts` are those of the harmed machines. */
  readonly conclude: (
    finding: ProofFinding,
    made: { readonly attempts: readonly string[]; readonly took: number },
  ) => void;
}

/**
 * Under sabotage a body waits for what does not come. Nobody needs to wait as long for that as the scenario allows
 * for the slowest machine: several times as long as the unharmed machine took is enough.
 */
const patienceFactor = 4;
const leastPatience = 20_000;

/**
 * Proves one scenario: it passes, its machine is harmed, it fails as stated. Where the platform can clone machines
 * and the fault is in the guest, both start from one boot. The result that is decided is that of the unharmed machine.
 */
export const proveItem = async (
  item: PlanItem,
  sabotage: Sabotage,
  options: ProveOptions,
): Promise<AttemptOutcome> => {
  const { services, conclude } = options;
  const { subject } = item;
  const start = services.clock.monotonic();
  const took = (): number => services.clock.monotonic() - start;
  const unharmed = await playScenario(item, options);
  const result = options.explain(subject, resultOf(unharmed.map(({ outcome }) => outcome)));
  emitResult(
    services,
    subject,
    result,
    unharmed.map(({ id }) => id),
    took(),
  );
  const unproven = judgeSound(result);
  if (unproven !== undefined) {
    conclude(unproven, { attempts: [], took: took() });
    return result;
  }
  const patience =
    leastPatience + patienceFactor * Math.max(...unharmed.map(({ longestWait }) => longestWait));
  const harmed = options.signal.aborted ? [] : await playScenario(item, options, { sabotage, patience });
  const last = harmed.at(-1);
  conclude(last === undefined ? notHarmed(options.signal) : judgeSabotaged(sabotage, last), {
    attempts: harmed.map(({ id }) => id),
    took: took(),
  });
  return result;
};

/** It passed, and there was no time left to harm it. */
const notHarmed = ({ reason }: AbortSignal): ProofFinding => ({
  verdict: 'notrun',
  ...(reason instanceof Error ? { found: reason.message } : {}),
});
