import type { ProofVerdict } from '../core/proof.ts';
import { statedFailure } from '../core/sabotage.ts';
import { type Subject, subjectKey } from '../core/target.ts';
import { emitResult } from './emit-result.ts';
import type { PlanItem } from './plan-item.ts';
import { judgeSabotaged, judgeSound, type ProofFinding } from './proof.ts';
import type { ProveRequest } from './request.ts';
import { type AttemptOutcome, resultOf } from './retry.ts';
import type { TargetServices } from './services.ts';
import { playScenario, type TriesOptions } from './tries.ts';

export interface ProveOptions extends TriesOptions {
  readonly prove: ProveRequest;
  readonly onProof: (verdict: ProofVerdict) => void;
  /** Adds to a result the known issue that explains it. */
  readonly explain: (subject: Subject, result: AttemptOutcome) => AttemptOutcome;
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
export const proveItem = async (item: PlanItem, options: ProveOptions): Promise<AttemptOutcome> => {
  const { services, prove } = options;
  const { scenario, subject } = item;
  const { sabotage } = scenario;
  const start = services.clock.monotonic();
  const took = (): number => services.clock.monotonic() - start;
  const passOver = (reason: string): AttemptOutcome => {
    const result: AttemptOutcome = { outcome: 'skipped', reason };
    emitResult(services, subject, result, [], 0);
    return result;
  };
  if (sabotage === undefined) {
    concludeProof(item, options, { verdict: 'undeclared' }, { attempts: [], took: 0 });
    return passOver('declares no sabotage');
  }
  const earlier = prove.proven.get(subjectKey(subject));
  if (earlier?.fault === sabotage.fault) {
    concludeProof(item, options, { verdict: 'proven' }, { attempts: [], took: 0, from: earlier.run });
    return passOver(`proven by run ${earlier.run}`);
  }
  const unharmed = await playScenario(item, options);
  const result = options.explain(subject, resultOf(unharmed.map(({ outcome }) => outcome)));
  emitResult(
    services,
    subject,
    result,
    unharmed.map(({ id }) => id),
    took(),
  );
  const unproven = judgeSound(result) ?? missingCapability(item, options);
  if (unproven !== undefined) {
    concludeProof(item, options, unproven, { attempts: [], took: took() });
    return result;
  }
  const patience =
    leastPatience + patienceFactor * Math.max(...unharmed.map(({ longestWait }) => longestWait));
  const harmed = options.signal.aborted ? [] : await playScenario(item, options, { sabotage, patience });
  const found = harmed.at(-1);
  const finding = found === undefined ? notHarmed(options.signal) : judgeSabotaged(sabotage, found);
  concludeProof(item, options, finding, {
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

const missingCapability = ({ scenario }: PlanItem, { services }: ProveOptions): ProofFinding | undefined => {
  const { manifest } = services.request.image;
  const missing = scenario.sabotage?.capabilities?.filter(name => !manifest.provides.includes(name)) ?? [];
  return missing.length === 0
    ? undefined
    : { verdict: 'blocked', found: `the fault needs ${missing.join(', ')}, which ${manifest.name} lacks` };
};

/** Writes a proof down. */
export const concludeProof = (
  { scenario, subject }: PlanItem,
  { services, onProof }: Pick<ProveOptions, 'onProof'> & { readonly services: Pick<TargetServices, 'log'> },
  finding: ProofFinding,
  made: { readonly attempts: readonly string[]; readonly took: number; readonly from?: string },
): void => {
  const { sabotage } = scenario;
  services.log.emit({
    type: 'proof.decided',
    subject,
    ...finding,
    ...(sabotage === undefined ? {} : { fault: sabotage.fault, stated: statedFailure(sabotage.fails) }),
    ...made,
    attempts: [...made.attempts],
  });
  onProof(finding.verdict);
};
