import { HarnessError, InterruptedError, type KolaError } from '../core/errors.ts';
import type { ImageManifest } from '../core/image.ts';
import type { ProofVerdict } from '../core/proof.ts';
import { statedFailure } from '../core/sabotage.ts';
import { subjectKey } from '../core/target.ts';
import { emitResult } from './emit-result.ts';
import type { EventLog } from './event-log.ts';
import type { PlanItem } from './plan-item.ts';
import type { ProofFinding } from './proof.ts';
import { type ProveOptions, proveItem } from './prove.ts';
import { judgeProofs } from './prove-verdict.ts';
import type { ProveRequest } from './request.ts';
import type { AttemptOutcome } from './retry.ts';
import type { Verdict } from './verdict.ts';

interface ProofMade {
  readonly attempts: readonly string[];
  /** Milliseconds. */
  readonly took: number;
  /** The run that proved it. */
  readonly from?: string;
}

/** What a run of `kola prove` proves, and what came of it: one proof for each scenario. */
export class Proofs {
  readonly #request: ProveRequest;
  readonly #log: EventLog;
  readonly #verdicts: ProofVerdict[] = [];

  constructor(request: ProveRequest, log: EventLog) {
    this.#request = request;
    this.#log = log;
  }

  /**
   * The result of a scenario about which all is known without a machine: it declares no sabotage, an earlier run proved
   * it, or the image lacks what the fault needs. Undefined = it has to be tried.
   */
  withoutMachine(item: PlanItem, manifest: ImageManifest): AttemptOutcome | undefined {
    const { sabotage } = item.scenario;
    if (sabotage === undefined)
      return this.#passOver(item, 'declares no sabotage', { verdict: 'undeclared' });
    const earlier = this.#request.proven.get(subjectKey(item.subject));
    if (earlier?.fault === sabotage.fault)
      return this.#passOver(item, `proven by run ${earlier.run}`, { verdict: 'proven' }, earlier.run);
    const missing = sabotage.capabilities?.filter(name => !manifest.provides.includes(name)) ?? [];
    if (missing.length === 0) return undefined;
    const found = `the fault needs ${missing.join(', ')}, which ${manifest.name} lacks`;
    return this.#passOver(item, found, { verdict: 'blocked', found });
  }

  /** Proves a scenario on machines. */
  async prove(item: PlanItem, options: Omit<ProveOptions, 'conclude'>): Promise<AttemptOutcome> {
    const { sabotage, name } = item.scenario;
    if (sabotage === undefined)
      throw new HarnessError('no-sabotage', `${name} has no sabotage to prove it by`);
    return await proveItem(item, sabotage, {
      ...options,
      conclude: (finding, made) => this.#conclude(item, finding, made),
    });
  }

  /** A scenario that did not come to its turn has its line in the table, too. */
  notTried(item: PlanItem, error: KolaError): void {
    const verdict = error instanceof InterruptedError ? 'notrun' : 'blocked';
    this.#conclude(item, { verdict, found: error.message }, { attempts: [], took: 0 });
  }

  judge(interrupted: boolean): Omit<Verdict, 'counts'> {
    const { allowUndeclared } = this.#request;
    return judgeProofs({ proofs: this.#verdicts, interrupted, allowUndeclared });
  }

  #passOver(item: PlanItem, reason: string, finding: ProofFinding, from?: string): AttemptOutcome {
    this.#conclude(item, finding, { attempts: [], took: 0, ...(from === undefined ? {} : { from }) });
    const result: AttemptOutcome = { outcome: 'skipped', reason };
    emitResult({ log: this.#log }, item.subject, result, [], 0);
    return result;
  }

  #conclude({ scenario, subject }: PlanItem, finding: ProofFinding, made: ProofMade): void {
    const { sabotage } = scenario;
    this.#log.emit({
      type: 'proof.decided',
      subject,
      ...finding,
      ...(sabotage === undefined ? {} : { fault: sabotage.fault, stated: statedFailure(sabotage.fails) }),
      ...made,
      attempts: [...made.attempts],
    });
    this.#verdicts.push(finding.verdict);
  }
}
