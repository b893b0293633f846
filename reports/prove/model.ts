import type { EventOf, RunEvent } from '../../src/core/event.ts';
import { disproves, type ProofVerdict, proofVerdicts } from '../../src/core/proof.ts';
import { targetKey } from '../../src/core/target.ts';

export type Proof = EventOf<'proof.decided'>;

/** What a run of `kola prove` came to. */
export interface ProveModel {
  readonly run: string;
  readonly kola: string;
  /** Of the images that are not Flatcar. */
  readonly notices: readonly string[];
  readonly targets: readonly { readonly key: string; readonly digest: string }[];
  /** Worst first, then by name. */
  readonly proofs: readonly Proof[];
  readonly counts: Readonly<Record<ProofVerdict, number>>;
  /** Of the end of the run; undefined = its log stops in the middle. */
  readonly verdict: string | undefined;
  readonly exitCode: number | undefined;
}

const rank = (verdict: ProofVerdict): number =>
  disproves(verdict) ? 0 : verdict === 'undeclared' ? 1 : verdict === 'proven' ? 3 : 2;

export class ProveFold {
  #started: EventOf<'run.started'> | undefined;
  #ended: EventOf<'run.ended'> | undefined;
  readonly #proofs: Proof[] = [];

  event(event: RunEvent): void {
    if (event.type === 'run.started') this.#started = event;
    else if (event.type === 'run.ended') this.#ended = event;
    else if (event.type === 'proof.decided') this.#proofs.push(event);
  }

  model(): ProveModel {
    const targets = this.#started?.targets ?? [];
    const counts = { ...noProof };
    for (const { verdict } of this.#proofs) counts[verdict] += 1;
    return {
      run: this.#started?.run ?? '',
      kola: this.#started?.kola ?? '',
      notices: [...new Set(targets.flatMap(({ image }) => image.notice ?? []))],
      targets: targets.map(target => ({ key: targetKey(target), digest: target.image.digest })),
      proofs: this.#proofs.toSorted(
        (a, b) => rank(a.verdict) - rank(b.verdict) || (a.subject.scenario < b.subject.scenario ? -1 : 1),
      ),
      counts,
      verdict: this.#ended?.verdict,
      exitCode: this.#ended?.exitCode,
    };
  }
}

const noProof = Object.fromEntries(proofVerdicts.map(verdict => [verdict, 0])) as Record<
  ProofVerdict,
  number
>;
