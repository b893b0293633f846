import { type Evidence, ProductError } from '../../core/errors.ts';

/** A line that a rule is about. */
export interface RuleHit {
  /** Id of the rule, and its description with what the pattern captured. */
  readonly rule: string;
  readonly description: string;
  readonly severity: 'fatal' | 'error';
  /** 1-based line of the log. */
  readonly line: number;
  readonly text: string;
  /** Why it does not count: allowed by the scenario, benign, or a quotation. */
  readonly excused?: string;
  /** The line and about twenty before it. */
  readonly excerpt: readonly string[];
}

export interface HitPlace {
  readonly source: 'console' | 'journal';
  readonly machine: string;
  /** The log, relative to the run folder. */
  readonly path?: string;
}

export const hitEvidence = (hit: RuleHit, place: HitPlace): Evidence => ({
  source: place.source,
  text: hit.excerpt.join('\n'),
  line: hit.line,
  machine: place.machine,
  ...(place.path === undefined ? {} : { path: place.path }),
});

/** The failure that a hit means; its code is the rule's id. */
export const hitError = (hit: RuleHit, place: HitPlace): ProductError =>
  new ProductError(hit.rule, `found ${hit.description} on the ${place.source} of machine ${place.machine}`, {
    evidence: [hitEvidence(hit, place)],
  });
